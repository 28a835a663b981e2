/**
 * The JSON text of a map: an object where its keys can be names of one, else a list of pairs, so that nothing is lost.
 *
 * @param entries JSON texts of keys and values
 */
export function mapText(
  entries: readonly (readonly [string, string])[],
  { isScalarKey }: { readonly isScalarKey: boolean },
): string {
  const names = isScalarKey ? entries.map(([key]) => (key.startsWith(`"`) ? key : JSON.stringify(key))) : [];
  // A name that is there twice would be lost by whoever reads the object.
  const isObject =
    isScalarKey && new Set(names).size === entries.length && !entries.some(([key]) => key === "null");
  if (!isObject) return `[${entries.map(([key, value]) => `[${key},${value}]`).join(",")}]`;
  return `{${entries.map(([, value], i) => `${names[i]}:${value}`).join(",")}}`;
}

/**
 * The JSON text of a map: an object if its keys can be names of one, otherwise a list of pairs, so that nothing is
 * lost.
 *
 * @param entries JSON texts of keys and values
 */
export function mapText(
  entries: readonly (readonly [string, string])[],
  { isScalarKey }: { readonly isScalarKey: boolean },
): string {
  const names = isScalarKey ? entries.map(([key]) => (key.startsWith(`"`) ? key : JSON.stringify(key))) : [];
  // Readers of the object would lose a repeated name.
  const isObject =
    isScalarKey && new Set(names).size === entries.length && !entries.some(([key]) => key === "null");
  if (!isObject) return `[${entries.map(([key, value]) => `[${key},${value}]`).join(",")}]`;
  return `{${entries.map(([, value], i) => `${names[i]}:${value}`).join(",")}}`;
}

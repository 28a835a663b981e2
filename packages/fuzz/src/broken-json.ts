import fc from "fast-check";

/** Values that fields rarely expect. JSON can represent all of them. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  2 ** 53,
  "",
  " ",
  "\0",
  "\ud800",
  "x".repeat(3_000),
  "__proto__",
  [],
  [[]],
  [null],
  {},
  { constructor: 1 },
  JSON.parse('{"__proto__": {"a": 1}}'),
];
const ODD_NAMES = ["", "worker", "Workers", "constructor", "toString", "__proto__", "é", "a.b", "0", "a\nb"];
const MAX_EDITS = 3;

interface Edit {
  /** Selects one of the document's places; any number. */
  readonly place: number;
  readonly kind: "replace" | "remove" | "add" | "rename" | "nest";
  readonly value: unknown;
  readonly name: string;
}

/**
 * One of the seeds with up to three edits: fields replaced, removed, added, renamed or wrapped. `values` are tried,
 * too.
 */
export function brokenJson(
  seeds: readonly object[],
  {
    values = [],
    names = [],
  }: { readonly values?: readonly unknown[]; readonly names?: readonly string[] } = {},
): fc.Arbitrary<unknown> {
  const edit = fc.record<Edit>({
    place: fc.nat(),
    kind: fc.constantFrom("replace", "replace", "remove", "add", "rename", "nest"),
    value: fc.oneof(fc.constantFrom(...ODD_VALUES, ...values), fc.jsonValue({ maxDepth: 2 })),
    name: fc.constantFrom(...ODD_NAMES, ...names),
  });
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: MAX_EDITS }))
    .map(([seed, edits]) => {
      const holder = { root: structuredClone(seed) as unknown };
      // Copied, as a later edit may change what an earlier one inserted.
      for (const one of edits) apply(holder, { ...one, value: structuredClone(one.value) });
      return holder.root;
    });
}

function apply(holder: { root: unknown }, { place, kind, value, name }: Edit): void {
  const places = placesOf(holder, "root");
  const chosen = places[place % places.length] as Place;
  const { parent, key } = chosen;
  const old = parent[key];
  if (kind === "replace") define(parent, key, value);
  else if (kind === "nest") define(parent, key, Array.isArray(old) ? { [name]: old } : [old]);
  else if (kind === "add" && isObject(old))
    define(old, Array.isArray(old) ? String(old.length) : name, value);
  else if (parent !== (holder as object)) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    if (kind === "rename" && !Array.isArray(parent)) define(parent, name, old);
  }
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

function placesOf(parent: object, key: string): readonly Place[] {
  const holder = parent as Record<string, unknown>;
  const value = holder[key];
  const below = isObject(value) ? Object.keys(value).flatMap((name) => placesOf(value, name)) : [];
  return [{ parent: holder, key }, ...below];
}

/** A plain assignment to `__proto__` would not create an own property. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

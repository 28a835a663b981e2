import fc from "fast-check";

/** A glob in pieces, as a person means it; {@link globText} writes it. */
export type GlobPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any" | "star" | "stars" | "folders" }
  | {
      readonly kind: "set";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    }
  | { readonly kind: "choice"; readonly choices: readonly (readonly GlobPart[])[] };

const CHARACTERS = [..."abz09./\\*?{}[]()+|^$!,@#-~ \né漢😀\uffff"];
const character = fc.constantFrom(...CHARACTERS);

/** Sorted, so that the range is one. */
const range = fc
  .tuple(fc.constantFrom(..."acxz019é漢😀"), fc.constantFrom(..."acxz019é漢😀"))
  .map(([a, b]) =>
    (a.codePointAt(0) ?? 0) <= (b.codePointAt(0) ?? 0) ? ([a, b] as const) : ([b, a] as const),
  );

const plain: fc.Arbitrary<GlobPart> = fc.oneof(
  fc
    .array(character, { minLength: 1, maxLength: 3 })
    .map((all) => ({ kind: "text" as const, text: all.join("") })),
  fc.constant({ kind: "text" as const, text: "/" }),
  fc
    .constantFrom("any" as const, "star" as const, "stars" as const, "folders" as const)
    .map((kind) => ({ kind })),
  fc.record({
    kind: fc.constant("set" as const),
    negated: fc.boolean(),
    ranges: fc.array(range, { minLength: 1, maxLength: 3 }),
  }),
);
const choice: fc.Arbitrary<GlobPart> = fc.record({
  kind: fc.constant("choice" as const),
  choices: fc.array(fc.array(plain, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});

export const globParts: fc.Arbitrary<readonly GlobPart[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: choice }), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((parts) => isWritable(parts));

/** Stars that meet stars, or a slash, would be read as something else. */
function isWritable(parts: readonly GlobPart[]): boolean {
  return parts.every((part, i) => {
    if (part.kind === "choice") return part.choices.every((choice) => isWritable(choice));
    const next = parts[i + 1];
    if (part.kind !== "star" && part.kind !== "stars") return true;
    return !(
      next?.kind === "star" ||
      next?.kind === "stars" ||
      next?.kind === "folders" ||
      startsWithSlash(next)
    );
  });
}

function startsWithSlash(part: GlobPart | undefined): boolean {
  return part?.kind === "text" && part.text.startsWith("/");
}

export function globText(parts: readonly GlobPart[]): string {
  return parts.map((part) => partText(part)).join("");
}

function partText(part: GlobPart): string {
  switch (part.kind) {
    case "text":
      return part.text.replace(/[\\*?{}[\],]/g, "\\$&");
    case "set":
      return `[${part.negated ? "!" : ""}${part.ranges.map(([a, b]) => (a === b ? a : `${a}-${b}`)).join("")}]`;
    case "choice":
      return `{${part.choices.map((choice) => globText(choice)).join(",")}}`;
    default:
      return { any: "?", star: "*", stars: "**", folders: "**/" }[part.kind];
  }
}

/** Whether the whole of `path` is what the parts mean, tried in every way. */
export function simpleGlobMatches(parts: readonly GlobPart[], path: readonly string[], at = 0): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return at === path.length;
  return endsOf(part, path, at).some((end) => simpleGlobMatches(rest, path, end));
}

/** Every place where a match of one part that begins at `at` may end. */
function endsOf(part: GlobPart, path: readonly string[], at: number): readonly number[] {
  const from = (isEnd: (end: number) => boolean) =>
    Array.from({ length: path.length - at + 1 }, (_, i) => at + i).filter(isEnd);
  const here = path[at];
  switch (part.kind) {
    case "text":
      return from((end) => path.slice(at, end).join("") === part.text);
    case "any":
      return here === undefined || here === "/" ? [] : [at + 1];
    case "star":
      return from((end) => !path.slice(at, end).includes("/"));
    case "stars":
      return from(() => true);
    case "folders":
      return from((end) => (end === at ? at === 0 || path[at - 1] === "/" : path[end - 1] === "/"));
    case "set":
      return here !== undefined && isInSet(part, here) ? [at + 1] : [];
    case "choice":
      return part.choices.flatMap((choice) =>
        from((end) => simpleGlobMatches(choice, path.slice(0, end), at)),
      );
  }
}

function isInSet(set: Extract<GlobPart, { kind: "set" }>, character: string): boolean {
  const code = (text: string) => text.codePointAt(0) ?? 0;
  const isMember = set.ranges.some(([a, b]) => code(character) >= code(a) && code(character) <= code(b));
  return set.negated ? !isMember && character !== "/" : isMember;
}

/** A path that the parts match, or nearly. */
export function pathLike(parts: readonly GlobPart[]): fc.Arbitrary<readonly string[]> {
  const pieces = parts.map((part) => pieceLike(part));
  const noise = fc.tuple(fc.nat(20), fc.constantFrom("", "", "", "/", "a", "😀"));
  return fc.tuple(fc.tuple(...pieces), noise).map(([texts, [place, extra]]) => {
    const path = [...texts.flat().join("")];
    path.splice(place, 0, ...extra);
    return path;
  });
}

function pieceLike(part: GlobPart): fc.Arbitrary<readonly string[]> {
  const name = fc.array(fc.constantFrom(..."ab.é😀\n"), { maxLength: 3 });
  switch (part.kind) {
    case "text":
      return fc.constant([...part.text]);
    case "any":
      return fc.constantFrom(["a"], ["😀"], ["/"], ["\n"]);
    case "star":
      return name;
    case "stars":
    case "folders":
      return fc
        .tuple(fc.array(name, { maxLength: 2 }), fc.constantFrom("", "/"))
        .map(([names, end]) => [
          ...names.map((one) => one.join("")).join("/"),
          ...(names.length > 0 ? end : ""),
        ]);
    case "set":
      return fc.constantFrom(...part.ranges.flat(), "/", "b", "-").map((one) => [one]);
    case "choice":
      return fc.oneof(
        ...part.choices.map((choice) => fc.tuple(...choice.map(pieceLike)).map((all) => all.flat())),
      );
  }
}

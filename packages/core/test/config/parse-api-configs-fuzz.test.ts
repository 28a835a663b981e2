import test from "ava";
import fc from "fast-check";
import { MillraceError } from "../../src/mod.ts";
import { type ConfigErrorEntry, parseApiConfigs, parseApiSpecView } from "../../src/schemas.ts";
import { errorOf, file, minimal } from "./support.ts";

const hostile: readonly (readonly [string, string, RegExp])[] = [
  [
    "aliases multiply",
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${["ab", "bc", "cd", "de", "ef", "fg"].map((pair) => `${pair[1]}: &${pair[1]} [${Array(10).fill(`*${pair[0]}`).join()}]`).join("\n")}`,
    /aliases expand to more than 10000 values/,
  ],
  ["brackets nest", "[".repeat(200_000), /nested too deeply/],
  ["lists nest", "- ".repeat(120_000), /nested too deeply/],
  [
    "a closed value nests",
    `${"[".repeat(250)}${"]".repeat(250)}`,
    /must not be nested deeper than 200 levels/,
  ],
  ["keys repeat", "a:\n".repeat(80_000), /79900 more errors|79899 more errors/],
  ["aliases abound", `- &a 1\n${"- *a\n".repeat(50_000)}`, /must list 1 to 1000 APIs|aliases expand to/],
  [
    "the file is huge",
    "#".repeat(300_000),
    /must be at most 262144 bytes \(got 300000\), keep data in files/,
  ],
  ["brackets close what is not open", "}".repeat(100_000), /not valid YAML/],
  ["a key is long", `? ${"k".repeat(200_000)}\n: 1`, /k{64}…: unknown field/],
];

for (const [title, text, expected] of hostile) {
  test(`parseApiConfigs() refuses in bounded time and length when ${title}`, (t) => {
    const { message } = errorOf(text);
    t.regex(message, expected);
    t.true(message.length < 40_000, String(message.length));
  });
}

const yamlPiece = fc.constantFrom(
  ..."name: a|predictor:|  type: python|  path: p.py|- |: |? |&a |*a|<<: *a|[|]|{|}|,|'|\"|\\|\t|\n|\r\n|#|---|...|!!set|!!omap|!!binary x|!x |%YAML 1.1|~|.nan|.inf|0x1F|1e999|null|__proto__: 1|constructor: 1|toString: 1|compute:|  mem: 1|env:|    A: ~|\u0000|\u{1F600}|\uD800|\uFEFF|>-|\\||@|`".split(
    "|",
  ),
);

test("parseApiConfigs() throws nothing but invalid_config when the text is anything", (t) => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(yamlPiece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.array(yamlPiece, { maxLength: 40 }).map((pieces) => pieces.join("\n")),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.array(yamlPiece, { maxLength: 10 }).map((pieces) => `${minimal}${pieces.join("\n")}`),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      try {
        parseApiConfigs(yaml, { file });
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_config") throw error;
        const errors = error.details.errors as readonly ConfigErrorEntry[];
        if (errors.length === 0 || errors.some(({ line, column }) => line < 1 || column < 1)) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});

test("parseApiSpecView() throws nothing but invalid_config when the value is anything", (t) => {
  const value = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    fc.record({
      name: fc.anything(),
      predictor: fc.oneof(
        fc.anything(),
        fc.record({ type: fc.constant("python"), path: fc.anything(), env: fc.object() }),
      ),
      compute: fc.object(),
      networking: fc.object(),
    }),
  );
  fc.assert(
    fc.property(value, (view) => {
      try {
        parseApiSpecView(view);
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_config") throw error;
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

import test from "ava";
import fc from "fast-check";
import { isRawNumber, parseExactJson, plainNumbers } from "../src/mod.ts";

const digits = (options: { readonly min: number; readonly max: number }) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: options.min, maxLength: options.max });

/** Numbers by JSON's grammar. */
const numberText = fc
  .record({
    sign: fc.constantFrom("", "-"),
    whole: digits({ min: 1, max: 25 }).map((text) => text.replace(/^0+(?=\d)/, "")),
    fraction: fc.option(digits({ min: 1, max: 25 })),
    exponent: fc.option(
      fc.record({ e: fc.constantFrom("e", "E", "e+", "e-"), digits: digits({ min: 1, max: 2 }) }),
    ),
  })
  .map(
    ({ sign, whole, fraction, exponent }) =>
      `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${exponent ? exponent.e + exponent.digits : ""}`,
  );

test("parseExactJson() returns every number as it was written", (t) => {
  for (const text of [
    "1.0",
    "-0",
    "-0.0",
    "9007199254740993",
    "1e3",
    "0.0000001",
    "12345678.123456789",
    "[1.10]",
    '{"a":-0}',
  ]) {
    t.is(JSON.stringify(parseExactJson(text)), text);
  }
  fc.assert(
    fc.property(numberText, (text) => {
      for (const document of [text, `[${text},1]`, `{"a":${text}}`, `{"a": ${text}}`]) {
        const compact = document.replace(": ", ":");
        if (JSON.stringify(parseExactJson(document)) !== compact) return false;
      }
      return true;
    }),
    { numRuns: 5_000 },
  );
});

test("parseExactJson() returns plain values if JavaScript writes them the same way", (t) => {
  const text = '{"a":[1,-2.5,true,null,"1.0"],"__proto__":3}';
  t.deepEqual(parseExactJson(text), JSON.parse(text));
  t.false(isRawNumber(parseExactJson("1")));
  t.true(isRawNumber(parseExactJson("1.0")));
  t.false(isRawNumber({ rawJSON: "1" }));
});

test("parseExactJson() keeps numbers beyond a double's range, and refuses what is not JSON", (t) => {
  t.is(JSON.stringify(parseExactJson("[1e400]")), "[1e400]");
  t.throws(() => parseExactJson("1.0.0"), { instanceOf: SyntaxError });
});

test("plainNumbers() converts all exact numbers in a value", (t) => {
  t.deepEqual(plainNumbers(parseExactJson('{"a":[1.0,{"b":9007199254740993}],"c":"1.0"}')), {
    a: [1, { b: 9007199254740992 }],
    c: "1.0",
  });
});

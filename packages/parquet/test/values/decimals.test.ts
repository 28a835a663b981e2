import test from "ava";
import fc from "fast-check";
import { decimalText } from "../../src/values/decimals.ts";

test("decimalText() keeps all decimal places", (t) => {
  t.is(decimalText("1999", 2), "19.99");
  t.is(decimalText("-7", 2), "-0.07");
  t.is(decimalText("0", 3), "0.000");
  t.is(decimalText("10000", 2), "100.00");
  t.is(decimalText("9007199254740993", 0), "9007199254740993");
});

test("decimalText() is a string when a double would be another decimal", (t) => {
  t.is(decimalText("1234567890123456789012", 2), '"12345678901234567890.12"');
  t.is(decimalText("9007199254740993", 1), '"900719925474099.3"');
  t.is(decimalText("-100000000000000000001", 20), '"-1.00000000000000000001"');
});

test("decimalText() is a number exactly when reading it as a double gives the same decimal", (t) => {
  const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
  fc.assert(
    fc.property(
      fc.oneof(digits, fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })),
      fc.integer({ min: 1, max: 45 }),
      (value, scale) => {
        const text = decimalText(String(value), scale);
        const plain = text.replaceAll('"', "");
        // The same number: without the point, its digits are the value's.
        const isSame = BigInt(plain.replace(".", "")) === value && plain.split(".")[1]?.length === scale;
        return isSame && text.startsWith('"') === !isExact(plain);
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});

/** Compares with the shortest decimal of the double, written by `toFixed`'s rules for exact numbers: by way of BigInt. */
function isExact(plain: string): boolean {
  const [mantissa = "", exponent = "0"] = String(Number(plain)).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const places = fraction.length - Number(exponent);
  const [wholeWanted = "", fractionWanted = ""] = plain.split(".");
  const most = Math.max(places, fractionWanted.length);
  const scaled = (digits: string, has: number) => BigInt(digits) * 10n ** BigInt(most - has);
  return scaled(whole + fraction, places) === scaled(wholeWanted + fractionWanted, fractionWanted.length);
}

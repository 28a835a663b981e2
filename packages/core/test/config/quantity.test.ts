import test from "ava";
import fc from "fast-check";
import { formatSize, parseCores, parseSizeBytes } from "../../src/config/quantity.ts";

test("parseSizeBytes() reads Kubernetes quantities and nothing else", (t) => {
  const sizes: readonly (readonly [string | number, number | undefined])[] = [
    [1024, 1024],
    ["1024", 1024],
    ["64Mi", 67_108_864],
    ["2Gi", 2_147_483_648],
    ["500M", 500_000_000],
    ["1.5Gi", 1_610_612_736],
    ["1k", 1_000],
    ["1K", 1_000],
    [" 1Ki ", 1_024],
    ["1Ti", 2 ** 40],
    [0, undefined],
    ["0Mi", undefined],
    [-1, undefined],
    ["1MB", undefined],
    ["1mi", undefined],
    ["1 Mi", undefined],
    ["", undefined],
    ["Mi", undefined],
    ["1e3", undefined],
    ["9999999999999999Ti", undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ];
  for (const [size, bytes] of sizes) t.is(parseSizeBytes(size), bytes, String(size));
});

test("formatSize() is parsed back to the same bytes", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 48 }), (bytes) => parseSizeBytes(formatSize(bytes)) === bytes),
  );
  t.is(formatSize(2 * 2 ** 30), "2Gi");
  t.is(formatSize(500_000_000), "500M");
  t.is(formatSize(1_001), "1001");
});

test("parseCores() reads numbers and thousandths", (t) => {
  const cores: readonly (readonly [string | number, number | undefined])[] = [
    [1, 1],
    [0.5, 0.5],
    ["2", 2],
    ["500m", 0.5],
    ["0m", undefined],
    [0, undefined],
    [-1, undefined],
    ["1c", undefined],
    ["", undefined],
  ];
  for (const [cpu, count] of cores) t.is(parseCores(cpu), count, String(cpu));
});

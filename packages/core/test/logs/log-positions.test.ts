import assert from "node:assert/strict";
import test from "ava";
import fc from "fast-check";
import { isMillraceError } from "../../src/errors.ts";
import { logPositionId, parseLogPositions } from "../../src/logs/log-positions.ts";

test("parseLogPositions() reads what logPositionId() wrote, for any number of workers", (t) => {
  const positions = new Map<number | null, string>([[null, "310"]]);
  for (let worker = 0; worker < 10_000; worker += 1) positions.set(worker, `a1.${worker}.z_b2.0.-1`);
  const text = [...positions].map(([worker, position]) => logPositionId(worker, position)).join(",");
  t.deepEqual(parseLogPositions(text), positions);
  t.deepEqual(
    parseLogPositions("s:310, 0:4096"),
    new Map<number | null, string>([
      [null, "310"],
      [0, "4096"],
    ]),
  );
});

test("parseLogPositions() refuses invalid positions, and names them", (t) => {
  for (const text of ["", ",", "x:1", "1", "1:", ":1", "1:2:3", "1:é", "-1:2", "s:1,,0:2"]) {
    const error = t.throws(() => parseLogPositions(text));
    t.true(isMillraceError(error, "invalid_request"), text);
  }
  t.throws(() => parseLogPositions("s:1,0:?"), { message: /position "0:\?"/ });
});

test("parseLogPositions() returns any valid positions, and refuses any other text with a clear message", (t) => {
  const worker = fc.option(fc.integer({ min: 0, max: 999_999_999 }));
  const positions = fc.array(fc.tuple(worker, fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/)), { minLength: 1 });
  fc.assert(
    fc.property(positions, fc.constantFrom(",", ", ", " ,  "), (all, comma) => {
      const text = all.map(([worker, position]) => logPositionId(worker, position)).join(comma);
      assert.deepEqual(parseLogPositions(text), new Map(all));
    }),
  );
  const piece = fc.oneof(fc.string(), fc.constantFrom("s:", "0:", "-1:2", ",", ":", "4096", "1e3", "s:310"));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        const text = [...parseLogPositions(pieces.join(""))].map(([worker, at]) => logPositionId(worker, at));
        assert.ok(text.length > 0);
      } catch (error) {
        if (!isMillraceError(error, "invalid_request")) throw error;
        assert.equal(error.details.field, "Last-Event-ID");
        assert.ok(error.message.length < 500);
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

import test from "ava";
import { isMillraceError } from "../../src/errors.ts";
import { logPositionId, parseLogPositions } from "../../src/logs/log-positions.ts";

test("parseLogPositions() reads what logPositionId() wrote, of any number of workers", (t) => {
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

test("parseLogPositions() refuses what is no position, and names it", (t) => {
  for (const text of ["", ",", "x:1", "1", "1:", ":1", "1:2:3", "1:é", "-1:2", "s:1,,0:2"]) {
    const error = t.throws(() => parseLogPositions(text));
    t.true(isMillraceError(error, "invalid_request"), text);
  }
  t.throws(() => parseLogPositions("s:1,0:?"), { message: /position "0:\?"/ });
});

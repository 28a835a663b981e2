import test from "ava";
import { failure, running, sourcesIn, TYPES } from "./harness.ts";

for (const type of TYPES) {
  const { say } = sourcesIn(type);
  const text = say(
    `const after = (s, value) => new Promise((resolve) => setTimeout(resolve, s * 1000, value));
    export class Predictor { predictItem(s) { return after(s, s); } }`,
    `import asyncio
class PythonPredictor:
    async def predict_item(self, item):
        await asyncio.sleep(item)
        return item
`,
  );

  test(`${type}: a predictor that answers nothing for too long is killed, and all its calls are suspects`, async (t) => {
    const run = await running(t, { type, text, concurrency: 2, stallTimeoutMs: 1_500 });
    t.deepEqual((await run.predict("0-1", [0.1])).lines, ["0.1"]);
    const asked = [1000, 1001, 1002].map((s, i) => failure(t, run.predict(`${i}-1`, [s], 3_600_000)));
    const errors = await Promise.all(asked);
    t.deepEqual(
      errors.map(({ code, details }) => [code, details.guilty, details.suspect]),
      [
        ["predictor_stalled", false, true],
        ["predictor_stalled", false, true],
        ["predictor_stalled", false, undefined],
      ],
    );
    t.is(
      errors[0]?.message,
      "Cannot continue with 2 calls: the predictor answered none of them for 1.5 s (predictor.stall_timeout) and was killed",
    );
  });

  test(`${type}: one that answers something now and then is not stalled, nor one without calls`, async (t) => {
    const run = await running(t, { type, text, concurrency: 2, stallTimeoutMs: 2_500 });
    const long = run.predict("0-1", [5], 3_600_000);
    for (let n = 1; n <= 8; n++) await run.predict(`${n}-1`, [0.5]);
    t.deepEqual((await long).lines, ["5"]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    t.deepEqual((await run.predict("9-1", [0])).lines, ["0"]);
  });
}

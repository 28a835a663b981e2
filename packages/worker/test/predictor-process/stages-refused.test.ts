import test from "ava";
import { failure, running, type TYPES } from "./harness.ts";

type Type = (typeof TYPES)[number];

test("load() refuses stages beside predict_item, and stages that would not run", async (t) => {
  const message = async (type: Type, text: string) => (await failure(t, running(t, { type, text }))).message;
  t.regex(
    await message(
      "python",
      "class PythonPredictor:\n    def preprocess(self, payload): pass\n    def predict_item(self, item): pass\n",
    ),
    /it has both preprocess and predict_item, expected preprocess beside predict/,
  );
  t.regex(
    await message(
      "typescript",
      "export class Predictor { postprocess(x) { return x; } predictItem(x) { return x; } }",
    ),
    /it has both postprocess and predictItem, expected postprocess beside predict/,
  );
  t.regex(
    await message(
      "python",
      "class PythonPredictor:\n    async def preprocess(self, payload): pass\n    def predict(self, payload): pass\n",
    ),
    /PythonPredictor.preprocess: it is an async def, expected a def without yield/,
  );
  t.regex(
    await message(
      "typescript",
      "export class Predictor { *preprocess(x) { yield x; } predict(x) { return x; } }",
    ),
    /method preprocess: it is a generator/,
  );
});

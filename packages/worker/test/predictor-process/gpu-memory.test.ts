import test from "ava";
import { itemError } from "../../src/predictor-process/mod.ts";
import { failure, running } from "./harness.ts";

/** Counts the tensors that are alive, and fails in the ways in which an exception holds them longest. */
const TOP = `
import asyncio, gc, sys
gc.disable()  # else cycles might be freed by chance
alive = 0
class Tensor:
    def __init__(self):
        global alive
        alive += 1
    def __del__(self):
        global alive
        alive -= 1
class OutOfMemoryError(RuntimeError):
    __module__ = "torch"
def allocate():
    activations = Tensor()
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
def forward(how):
    batch = Tensor()
    try:
        allocate()
    except OutOfMemoryError as error:
        if how == "exception":
            kept = error
        if how == "traceback":
            kept = sys.exc_info()
        if how == "cause":
            kept = RuntimeError("inference failed")
            raise kept from error
        if how == "group":
            kept = ExceptionGroup("two", [error, ValueError("other")]) if sys.version_info >= (3, 11) else error
            raise kept
        raise
def answer(how):
    return alive if how == "alive" else forward(how)
`;

const PREDICTORS = {
  "def predict": `${TOP}
class PythonPredictor:
    def predict(self, payload):
        return [answer(how) for how in payload]
`,
  "async def predict": `${TOP}
class PythonPredictor:
    async def predict(self, payload):
        inputs = None if payload == ["alive"] else Tensor()
        await asyncio.sleep(0)
        return [answer(how) for how in payload]
`,
  "stages around predict": `${TOP}
class PythonPredictor:
    def preprocess(self, payload):
        return payload, None if payload == ["alive"] else Tensor()
    def predict(self, payload):
        return [answer(how) for how in payload[0]]
    def postprocess(self, output):
        return output
`,
  "a stage behind predict": `${TOP}
class PythonPredictor:
    def predict(self, payload):
        return payload, None if payload == ["alive"] else Tensor()
    def postprocess(self, output):
        return [answer(how) for how in output[0]]
`,
  "def predict_item": `${TOP}
class PythonPredictor:
    def predict_item(self, item):
        return answer(item)
`,
  "exceptions in the list": `${TOP}
class PythonPredictor:
    def predict(self, payload):
        def one(how):
            try:
                return answer(how)
            except Exception as error:
                return error
        return [one(how) for how in payload]
`,
};

const WAYS = ["raised", "exception", "traceback", "cause", "group"];

for (const [name, text] of Object.entries(PREDICTORS)) {
  for (const concurrency of [1, 4]) {
    test(`${name}: a call that did not fit in the GPU holds no tensors, with ${concurrency} at once`, async (t) => {
      const { predict } = await running(t, { type: "python", text, concurrency });
      for (const how of WAYS) {
        const asked = predict("000000000000-1", [how]);
        const error =
          name === "exceptions in the list"
            ? itemError((await asked).lines[0] ?? "")
            : await failure(t, asked);
        t.is(error.code, "predictor_out_of_gpu_memory", how);
        const { lines } = await predict("000000000001-1", ["alive"]);
        t.deepEqual(lines, ["0"], how);
      }
    });
  }
}

test("an engine whose background task raised it keeps running", async (t) => {
  // A coroutine in the traceback is suspended, not finished: its frame must be left alone.
  const text = `${TOP}
class PythonPredictor:
    engine = None
    async def run(self):
        while True:
            how, answered = await self.inbox.get()
            try:
                answered.set_result(answer(how))
            except Exception as error:
                answered.set_exception(error)
    async def predict_item(self, item):
        if self.engine is None:
            self.inbox = asyncio.Queue()
            self.engine = asyncio.create_task(self.run())
        answered = asyncio.get_running_loop().create_future()
        await self.inbox.put((item, answered))
        return await answered
`;
  const { predict } = await running(t, { type: "python", text });
  // Without a call in between, the event loop rests and the task with it.
  const alive = predict("000000000000-1", ["alive"]);
  const error = await failure(t, predict("000000000001-1", ["raised"]));
  t.is(error.code, "predictor_out_of_gpu_memory", error.message);
  t.deepEqual((await alive).lines, ["0"]);
  t.deepEqual((await predict("000000000002-1", ["alive"])).lines, ["0"]);
});

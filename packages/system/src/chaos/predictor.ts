/**
 * Squares the numbers 0, 1, …, at the config's pace or, with the brake on, slower. It executes the orders in the
 * config's directory: each order is taken by the one predictor whose rename succeeds, so it is executed once.
 */
const CHAOS_PREDICTOR = `
import os, time

class PythonPredictor:
    def __init__(self, config):
        self.seconds = config["seconds_per_item"]
        self.orders = config["orders"]

    def predict(self, payload):
        return self.work(payload)

    def work(self, payload):
        self.obey()
        time.sleep(self.seconds * len(payload))
        end = time.monotonic() + 2
        while self.seconds > 0 and os.path.exists(self.orders + "-brake") and time.monotonic() < end:
            time.sleep(0.02)
        return [item * item for item in payload]

    def obey(self):
        for name in sorted(os.listdir(self.orders)):
            try:
                os.rename(os.path.join(self.orders, name), os.path.join(self.orders + "-taken", name))
            except OSError:
                continue
            order = name.split("-")[0]
            if order == "hang":
                time.sleep(3600)
            elif order == "exit":
                os._exit(7)
            elif order == "memory":
                used = []
                while True:
                    used.append(bytearray(os.urandom(1024)) * 16_384)
                    time.sleep(0.02)
`;

/** The same in three stages, each of which may take an order; what passes between them is worth sharing. */
const STAGES = `
    def preprocess(self, payload):
        self.obey()
        return {"numbers": payload, "page": pickle.PickleBuffer(bytearray(65_536))}

    def predict(self, payload):
        assert len(memoryview(payload["page"])) == 65_536
        return self.work(payload["numbers"])

    def postprocess(self, output):
        self.obey()
        return output
`;

/** The predictor's source, with the stages around `predict` or without. */
export function chaosPredictor({ isStaged }: { readonly isStaged: boolean }): string {
  return isStaged ? `import pickle${CHAOS_PREDICTOR}${STAGES}` : CHAOS_PREDICTOR;
}

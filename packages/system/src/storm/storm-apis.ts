import { totalmem } from "node:os";
import { deploy, deployPython, deployTypeScript } from "../deploy.ts";
import type { Platform } from "../platform.ts";

/**
 * All sorts of children: in the predictor's group, in their own session, orphaned twice; and shared memory, a
 * semaphore, and a hook that takes a while.
 */
const FAMILY = `
import multiprocessing, os, subprocess, sys, time
from multiprocessing import resource_tracker, shared_memory

class PythonPredictor:
    def __init__(self, config):
        self.hooks = config["hooks"]
        subprocess.Popen(["sleep", "1000"])
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        subprocess.Popen(["sh", "-c", "(setsid sleep 1000 &) &"])
        # Python itself leaves a segment behind when it is killed before its tracker, which takes a while to start, knows of it.
        resource_tracker.ensure_running()
        self.memory = shared_memory.SharedMemory(create=True, size=4096)
        self.semaphore = multiprocessing.Semaphore()

    def predict(self, payload):
        time.sleep(0.002 * len(payload))
        return [item * item for item in payload]

    def on_job_complete(self):
        # Names the processes that are in it, for whoever wants to hit them.
        note = os.path.join(self.hooks, str(os.getpid()))
        open(note, "w").close()
        time.sleep(0.3)
        os.remove(note)
`;

/** Rows of 20 kB: writing the output takes a while. */
const LARGE = `
class PythonPredictor:
    def predict(self, payload):
        return [{"square": item * item, "text": "x" * 20000} for item in payload]
`;

const SCRIPT = `
import { spawn } from "node:child_process";
export class Predictor {
  constructor() { spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }).unref(); }
  async predict(payload: number[]) {
    await new Promise((done) => setTimeout(done, 2 * payload.length));
    return payload.map((item) => item * item);
  }
}
`;

/** Most of a machine's memory, but little CPU: these jobs run one after another, alongside all others. */
const ONE_AT_A_TIME = {
  cpu: 0.01,
  mem: `${Math.floor((Math.min(totalmem(), process.constrainedMemory() || Infinity) * 0.6) / 2 ** 20)}Mi`,
};

const WAITS =
  "export class Predictor { predict(payload: number[]) { return payload.map((item) => item * item); } }\n";

/** What an installation may start; it takes about a second. */
const INSTALLER = `
sleep 1000 &
(setsid sleep 1000 &) &
sleep 1
kill %1
`;

/** Deploys the APIs for the storm's jobs. */
export async function deployStormApis(platform: Platform): Promise<void> {
  await deployPython(platform, "family", FAMILY);
  await deployPython(platform, "large", LARGE);
  await deployTypeScript(platform, "script", SCRIPT);
  await deployTypeScript(platform, "waits", WAITS, { compute: ONE_AT_A_TIME });
}

/** Deploys a version that is new each time, with dependencies to install. */
export function deployInstalling(platform: Platform, round: number): Promise<string> {
  return deploy(platform, "installing", {
    "millrace.yaml":
      "- name: installing\n  kind: BatchAPI\n  predictor: { type: python, path: predictor.py }\n  compute: { cpu: 0.1 }\n",
    "predictor.py": `class PythonPredictor:\n    def predict(self, payload):\n        return [item * item for item in payload]\n# ${round}\n`,
    "dependencies.sh": `${INSTALLER}\n# ${round}\n`,
  });
}

import { join } from "node:path";
import { secondsOf } from "../../run-command.ts";
import type { ClassifyPeer } from "../classify-peer.ts";
import { installPython } from "../install.ts";
import type { NoopPeer } from "../noop-peer.ts";

export const rayDataNoop: NoopPeer = {
  name: "Ray Data",
  language: "python",
  target: 10,
  async seconds({ batches, batchSizes, workers, folder }) {
    const script = join(import.meta.dirname, "noop.py");
    const args = [folder, workers, batches, ...batchSizes].map(String);
    return secondsOf([await installPython(), script, ...args]);
  },
};

export const rayDataClassify: ClassifyPeer = {
  name: "Ray Data",
  async seconds({ project, images, batchSizes, workers, folder }) {
    const script = join(import.meta.dirname, "classify.py");
    const args = [project, images, folder, workers, ...batchSizes].map(String);
    return secondsOf([await installPython(), script, ...args]);
  },
};

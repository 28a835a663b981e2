import { join } from "node:path";
import { secondsOf } from "../../run-command.ts";
import type { ClassifyPeer } from "../classify-peer.ts";
import { installPython } from "../install.ts";

export const handWrittenLoop: ClassifyPeer = {
  name: "hand-written loop",
  async seconds({ project, images, batchSizes, workers, folder }) {
    const script = join(import.meta.dirname, "classify.py");
    const args = [project, images, folder, workers, ...batchSizes].map(String);
    return secondsOf([await installPython(), script, ...args]);
  },
};

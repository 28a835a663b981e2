import { join } from "node:path";
import { secondsOf } from "../../run-command.ts";
import { installNode } from "../install.ts";
import type { NoopPeer } from "../noop-peer.ts";

export const bullmq: NoopPeer = {
  name: "BullMQ",
  language: "typescript",
  target: 2,
  async seconds({ batches, batchSizes, redis }) {
    const modules = await installNode();
    const script = join(import.meta.dirname, "noop.ts");
    const seconds: number[] = [];
    for (const size of batchSizes) {
      const args = [modules, await redis.port(), batches, size].map(String);
      seconds.push(...(await secondsOf([process.execPath, script, ...args])));
    }
    return seconds;
  },
};

import { join } from "node:path";
import { secondsOf } from "../../run-command.ts";
import { installPython } from "../install.ts";
import type { NoopPeer } from "../noop-peer.ts";

export const celery: NoopPeer = {
  name: "Celery",
  language: "python",
  target: 2,
  async seconds({ batches, batchSizes, redis }) {
    const python = await installPython();
    const script = join(import.meta.dirname, "noop.py");
    const env = { BENCH_REDIS_URL: `redis://127.0.0.1:${await redis.port()}/0` };
    const seconds: number[] = [];
    for (const size of batchSizes)
      seconds.push(...(await secondsOf([python, script, String(batches), String(size)], { env })));
    return seconds;
  },
};

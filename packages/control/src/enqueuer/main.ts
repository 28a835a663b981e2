import { parentPort, workerData } from "node:worker_threads";
import type { AwsConfig } from "@millrace/backend-aws";
import type { WorkerBackend } from "@millrace/core";
import { createWinstonLogger } from "../logging/winston-logger.ts";
import type { FromThread, ThreadSettings, ToThread } from "./messages.ts";
import { ThreadTasks } from "./thread-tasks.ts";

// Entry point of the enqueuer's thread: wiring only.
const port = parentPort;
if (!port) throw new Error("Cannot run the enqueuer by itself: it is a thread of the service");
const settings = workerData as ThreadSettings;
const logger = createWinstonLogger(settings.logLevel).child({ component: "enqueuer" });
const backend = await openBackend(settings.backend);
const send = (message: FromThread) => port.postMessage(message);
const tasks = new ThreadTasks({ backend, logger, send, now: Date.now });
port.on("message", (message: ToThread) => {
  if (message.type === "task") tasks.run(message.kind, message.jobId);
  else if (message.type === "cancel") tasks.cancel(message.jobId);
  else void stop();
});
send({ type: "ready" });

/** On this message the service ends the thread: a Deno thread cannot close its own port. */
async function stop(): Promise<void> {
  await tasks.stop();
  await backend.ledger.close();
  send({ type: "stopped" });
}

/** Loads only the backend in use. */
async function openBackend(chosen: ThreadSettings["backend"]): Promise<WorkerBackend> {
  if (chosen.kind === "local") {
    const { openLocalWorkerBackend } = await import("@millrace/backend-local");
    return openLocalWorkerBackend({ ...chosen, logger });
  }
  const { openAwsWorkerBackend } = await import("@millrace/backend-aws");
  return openAwsWorkerBackend({ config: chosen.config as AwsConfig, logger, principal: "control" });
}

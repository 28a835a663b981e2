/**
 * The TypeScript host: runs one predictor in this process and exchanges frames with the worker.
 *
 * `main.ts <frames> <input>`: file descriptors to write frames to and to read them from. It imports only built-ins, so
 * that a predictor starts fast and all packages are the project's own choice.
 */
import process from "node:process";
import { FrameDecoder } from "../frame-decoder.ts";
import { openChannel } from "./channel.ts";
import { keepStdoutForFrames } from "./keep-stdout.ts";
import { leave } from "./leave.ts";
import { provideOwnPackage } from "./own-package.ts";
import { PredictorHost } from "./predictor-host.ts";

/** Node's exit code after an uncaught error. */
const UNCAUGHT = 1;

provideOwnPackage();
const framesFd = Number(process.argv[2] ?? 1);
const inputFd = Number(process.argv[3] ?? 0);
process.argv.splice(2);
if (framesFd === 1) keepStdoutForFrames();

// A promise of the predictor that never settles is a hang, which the worker's timeout ends; the process must not exit.
const keepAlive = setInterval(() => {}, 2 ** 30);

const channel = openChannel(framesFd, inputFd);
const host = new PredictorHost(channel.write);
process.on("uncaughtExceptionMonitor", (error) => {
  // Errors that the predictor handles itself do not end the process.
  const isHandled =
    process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback();
  if (!isHandled) host.tellLeaving(error, UNCAUGHT);
});
const decoder = new FrameDecoder();
for await (const chunk of channel.input) {
  for (const frame of decoder.push(chunk)) host.receive(frame);
  await host.room();
}
// The worker is gone: nothing that still runs here would be received.
if (host.isAsked) process.exit(0);
clearInterval(keepAlive);
leave();

/**
 * The TypeScript host: runs one predictor in this process and speaks frames with the worker.
 *
 * `main.ts <frames> <input>`: numbers of the file descriptors to write frames to and to read them from. It imports
 * nothing but built-ins, so that a predictor starts fast and its project decides about every package.
 */
import process from "node:process";
import { FrameDecoder } from "../frame-decoder.ts";
import { openChannel } from "./channel.ts";
import { keepStdoutForFrames } from "./keep-stdout.ts";
import { leave } from "./leave.ts";
import { PredictorHost } from "./predictor-host.ts";

/** Node's exit code after an error that nothing caught. */
const UNCAUGHT = 1;

const framesFd = Number(process.argv[2] ?? 1);
const inputFd = Number(process.argv[3] ?? 0);
process.argv.splice(2);
if (framesFd === 1) keepStdoutForFrames();

// A promise of the predictor that never settles is a hang, which the worker's timeout ends, not a reason to exit.
const keepAlive = setInterval(() => {}, 2 ** 30);

const channel = openChannel(framesFd, inputFd);
const host = new PredictorHost(channel.write);
process.on("uncaughtExceptionMonitor", (error) => {
  // What the predictor handles itself ends nothing.
  const isHandled =
    process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback();
  if (!isHandled) host.tellLeaving(error, UNCAUGHT);
});
const decoder = new FrameDecoder();
for await (const chunk of channel.input) {
  for (const frame of decoder.push(chunk)) host.receive(frame);
  await host.room();
}
// The worker is gone: nothing that still runs here would be heard.
if (host.isAsked) process.exit(0);
clearInterval(keepAlive);
leave();

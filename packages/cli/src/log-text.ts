import type { LogLineView } from "@millrace/core";
import type { Output, Style } from "./output.ts";
import { terminalLine } from "./terminal-text.ts";

/** Readable on dark and light backgrounds; red is reserved for errors. A worker has the same style in every run. */
const WORKER_STYLES: readonly Style[] = [
  "cyan",
  "green",
  "yellow",
  "magenta",
  "blue",
  "cyanBright",
  "greenBright",
  "yellowBright",
  "magentaBright",
  "blueBright",
];
/** Width of `worker 9999`: a job has at most 10,000 workers. */
const SOURCE_WIDTH = 11;

/** One log line for people, on a terminal in its worker's colour. */
export function logText(output: Output, { time, level, worker, text }: LogLineView): string {
  const clock = output.style("dim", time.replace(/^.*T/, "").replace("Z", ""));
  const source = (worker === null ? "service" : `worker ${worker}`).padEnd(SOURCE_WIDTH);
  const tag = output.style(worker === null ? "dim" : workerStyle(worker), source);
  const line = terminalLine(text);
  return `${clock} ${tag} ${level === "error" ? output.style("red", line) : line}`;
}

function workerStyle(worker: number): Style {
  return WORKER_STYLES[worker % WORKER_STYLES.length] as Style;
}

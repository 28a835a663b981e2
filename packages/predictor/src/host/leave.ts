import process from "node:process";

/**
 * What ends by itself, as `process.getActiveResourcesInfo` names it: files that are written, programs that run. Anything
 * else that keeps a process alive, such as a timer or a connection, may do so for ever.
 */
const ENDS = /Req|Write|Shutdown|Connect|Process|Worker|Zlib|Job/;
const LOOK_MS = 50;
/** How long the rest is waited for, when nothing else is under way. */
const REST_MS = 5_000;
/** A worker that lives ends this process sooner. */
const LONGEST_MS = 60_000;

/**
 * Lets the process end when it has nothing to do any more, as every program of the runtime does: `beforeExit` and `exit` are
 * emitted, streams are drained. Only what may go on for ever, such as an interval, is not waited for that long.
 */
export function leave(): void {
  const startedMs = performance.now();
  let busyMs = startedMs;
  const look = () => {
    const nowMs = performance.now();
    const active = process.getActiveResourcesInfo?.() ?? [];
    if (active.some((name) => ENDS.test(name))) busyMs = nowMs;
    if (nowMs - busyMs < REST_MS && nowMs - startedMs < LONGEST_MS) return;
    process.stderr.write(
      `warning: the predictor was done, but kept its process alive for ${REST_MS / 1_000} s (${counted(active)}): ` +
        "close or unref() that in onJobComplete\n",
    );
    process.exit();
  };
  setInterval(look, LOOK_MS).unref();
}

/** Such as `2 Timeout, 1 TCPSocketWrap`. Pipes are mostly the process's own. */
function counted(names: readonly string[]): string {
  const groups = [...new Set(names)]
    .filter((name) => name !== "PipeWrap")
    .map((name) => `${names.filter((one) => one === name).length} ${name}`);
  return groups.join(", ") || "something";
}

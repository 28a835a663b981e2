import process from "node:process";

/**
 * Resources that finish by themselves, by their names in `process.getActiveResourcesInfo`: file writes, child
 * processes. Anything else that keeps a process alive, such as a timer or a connection, may last forever.
 */
const ENDS = /Req|Write|Shutdown|Connect|Process|Worker|Zlib|Job/;
const LOOK_MS = 50;
/** How long to wait for the rest when nothing else is in progress. */
const REST_MS = 5_000;
/** A running worker ends this process sooner. */
const LONGEST_MS = 60_000;

/**
 * Lets the process exit when it has nothing left to do, like any program: `beforeExit` and `exit` are emitted, streams
 * are drained. Only for things that may last forever, such as an interval, is the wait limited.
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
      `warning: the predictor had finished, but kept its process alive for ${REST_MS / 1_000} s (${counted(active)}): ` +
        "close or unref() them in onJobComplete\n",
    );
    process.exit();
  };
  setInterval(look, LOOK_MS).unref();
}

/** For example `2 Timeout, 1 TCPSocketWrap`. Pipes are mostly the process's own. */
function counted(names: readonly string[]): string {
  const groups = [...new Set(names)]
    .filter((name) => name !== "PipeWrap")
    .map((name) => `${names.filter((one) => one === name).length} ${name}`);
  return groups.join(", ") || "something";
}

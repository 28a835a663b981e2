import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

const START_MS = 30_000;
const LOOK_MS = 50;
const KEPT_CHARACTERS = 4_000;

/** A server in a child process. */
export interface ServerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly pid: number;
  /** Ends it and discards its state. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers. It ends when its stdin does, so it never outlives this process. */
export async function startServer(
  [program = "", ...args]: readonly string[],
  { url, healthPath }: { readonly url: string; readonly healthPath: string },
): Promise<ServerProcess> {
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-KEPT_CHARACTERS);
  });
  await untilHealthy(child, { url: `${url}${healthPath}`, output: () => output });
  return {
    url,
    pid: child.pid as number,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function untilHealthy(
  child: ChildProcess,
  { url, output }: { readonly url: string; readonly output: () => string },
): Promise<void> {
  const deadlineMs = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `Cannot start ${child.spawnfile}: it ended with ${child.exitCode ?? child.signalCode}: ${output()}`,
      );
    }
    const answers = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`Cannot start ${child.spawnfile}: no answer at ${url} in ${START_MS} ms: ${output()}`);
    }
    await delay(LOOK_MS);
  }
}

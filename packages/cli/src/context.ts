import type { Readable, Writable } from "node:stream";

/** A stream that may be a terminal. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Everything that commands use of their process; read once in `main.ts`, then frozen. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  /** Aborts on Ctrl-C and SIGTERM, with an {@link Interruption} as its reason. */
  readonly signal: AbortSignal;
  /** Command line that starts the service on the same runtime as this process. */
  readonly serviceCommand: readonly [string, ...string[]];
}

/** Why `signal` aborted. */
export interface Interruption {
  readonly signalName: NodeJS.Signals;
}

import type { RunOptions } from "./run-command.ts";

/** What every command needs. */
export interface Context {
  /** The repository's root. */
  readonly root: string;
  readonly env: RunOptions["env"];
  /** Prints progress for the user; output for other programs is returned instead. */
  readonly say: (line: string) => void;
}

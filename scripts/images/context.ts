import type { RunOptions } from "./run-command.ts";

/** What every command works with. */
export interface Context {
  /** The repository's root. */
  readonly root: string;
  readonly env: RunOptions["env"];
  /** Tells the user what goes on; what other programs read is returned instead. */
  readonly say: (line: string) => void;
}

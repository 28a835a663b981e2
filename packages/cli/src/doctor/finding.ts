import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";

/** Result of one check; `warning`: it works, but not fully or not for long. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly state: "ok" | "warning" | "failed";
  readonly message: string;
  /** What to do, if anything. */
  readonly advice?: string | undefined;
}

/** Checks one thing and changes nothing. An exception becomes a finding, too. */
export type Check = (app: App) => Promise<readonly Finding[]>;

export function ok(check: string, message: string): Finding {
  return { check, state: "ok", message };
}

export function warning(check: string, message: string, advice: string): Finding {
  return { check, state: "warning", message, advice };
}

export function failed(check: string, message: string, advice?: string): Finding {
  return { check, state: "failed", message, advice };
}

/** The finding for a check that failed to run. */
export function failure(check: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return failed(check, message, error instanceof UserError ? error.hint : undefined);
}

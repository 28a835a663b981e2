import type { App } from "../session.ts";
import { UserError } from "../user-error.ts";

/** What one check says; `warning`: it works, but not all of it or not for long. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly state: "ok" | "warning" | "failed";
  readonly message: string;
  /** What to do, where there is something to do. */
  readonly advice?: string | undefined;
}

/** Looks at one thing. It changes nothing, and what it throws is a finding, too. */
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

/** What a check could not do. */
export function failure(check: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return failed(check, message, error instanceof UserError ? error.hint : undefined);
}

/** Result of a check. */
export interface Finding {
  readonly level: "ok" | "warning" | "failed";
  readonly what: string;
  /** What to do. */
  readonly hint?: string;
}

export const ok = (what: string): Finding => ({ level: "ok", what });
export const warning = (what: string, hint: string): Finding => ({ level: "warning", what, hint });
export const failed = (what: string, hint: string): Finding => ({ level: "failed", what, hint });

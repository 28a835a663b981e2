import { createHash, randomBytes } from "node:crypto";

const LINK_MS = 60_000;

/** A one-time code that signs in one browser. */
export interface SignInCode {
  /** 32 random bytes, base64url. */
  readonly code: string;
  readonly expiresAtMs: number;
}

/**
 * Codes of the links that `millrace dashboard` opens. They are kept only in memory and as digests: a memory dump
 * reveals no code, and neither does the time a look-up takes.
 */
export class SignInLinks {
  readonly #now: () => number;
  /** When each code expires, by its digest. */
  readonly #open = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  create(): SignInCode {
    const nowMs = this.#now();
    for (const [digest, untilMs] of this.#open) if (untilMs <= nowMs) this.#open.delete(digest);
    const code = randomBytes(32).toString("base64url");
    const expiresAtMs = nowMs + LINK_MS;
    this.#open.set(digestOf(code), expiresAtMs);
    return { code, expiresAtMs };
  }

  /** True once for each code, within a minute. */
  use(code: string): boolean {
    const digest = digestOf(code);
    const untilMs = this.#open.get(digest) ?? 0;
    this.#open.delete(digest);
    return untilMs > this.#now();
  }
}

function digestOf(code: string): string {
  return createHash("sha256").update(code).digest("base64url");
}

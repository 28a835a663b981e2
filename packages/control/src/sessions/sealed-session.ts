import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { sameSecret } from "./same-secret.ts";

/** How long a session lives after it was last used. */
export const SESSION_MS = 12 * 60 * 60_000;

/** A signed-in browser. Nothing is stored: the signed cookie contains everything. */
export interface Session {
  /** 16 random bytes, base64url; kept when the session is renewed. */
  readonly id: string;
  readonly expiresAtMs: number;
}

/** The key that signs all cookies: with another token or salt, none of them is valid. */
export function sessionKey(token: string, salt: string): Buffer {
  return Buffer.from(hkdfSync("sha256", token, salt, "millrace session", 32));
}

export function newSession(nowMs: number): Session {
  return { id: randomBytes(16).toString("base64url"), expiresAtMs: nowMs + SESSION_MS };
}

/** Encodes the session as the cookie's value: `<id>.<expiry>.<HMAC-SHA-256 of both>`. */
export function sealSession({ id, expiresAtMs }: Session, key: Buffer): string {
  const content = `${id}.${expiresAtMs}`;
  return `${content}.${createHmac("sha256", key).update(content).digest("base64url")}`;
}

/** Decodes a cookie that was signed with this key; undefined for any other text. */
export function unsealSession(value: string, key: Buffer): Session | undefined {
  const [, id = "", expiry = ""] = /^([\w-]{22})\.(\d{1,15})\.[\w-]{43}$/.exec(value) ?? [];
  const session = { id, expiresAtMs: Number(expiry) };
  // Compared as text, since base64url has more than one spelling of the same bytes.
  return sameSecret(value, sealSession(session, key)) ? session : undefined;
}

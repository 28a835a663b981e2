import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Compares a secret with a guess. Digests have equal lengths, so the time it takes reveals nothing, not even the
 * secret's length.
 */
export function sameSecret(guess: string, secret: string): boolean {
  return timingSafeEqual(digest(guess), digest(secret));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

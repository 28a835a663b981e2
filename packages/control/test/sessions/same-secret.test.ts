import test from "ava";
import { sameSecret } from "../../src/sessions/same-secret.ts";

test("sameSecret() is true for the secret alone, and compares guesses of every length", (t) => {
  const secret = "s".repeat(43);
  // timingSafeEqual() throws for different lengths.
  const guesses = ["", "s", secret.slice(1), `${secret}s`, "u".repeat(43), "\u{1F600}".repeat(1_000)];
  for (const guess of guesses) t.false(sameSecret(guess, secret), guess);
  t.true(sameSecret(secret, secret));
});

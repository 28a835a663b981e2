import { createHash, timingSafeEqual } from "node:crypto";
import { AttemptLimit } from "./attempt-limit.ts";
import { Sessions } from "./sessions.ts";
import { SignInLinks } from "./sign-in-links.ts";

/** Who is let in: programs by the token, browsers by a session, which they get for the token or by a link. */
export interface Access {
  readonly isToken: (given: string) => boolean;
  readonly sessions: Sessions;
  readonly links: SignInLinks;
  readonly attempts: AttemptLimit;
}

export async function openAccess(options: {
  /** Directory of the service's state. */
  readonly home: string;
  readonly token: string;
  readonly now: () => number;
}): Promise<Access> {
  const expected = digest(options.token);
  return {
    // Digests are of one length, so that the comparison tells nothing, not even how long the token is.
    isToken: (given) => timingSafeEqual(digest(given), expected),
    sessions: await Sessions.open(options),
    links: new SignInLinks(options.now),
    attempts: new AttemptLimit(options.now),
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

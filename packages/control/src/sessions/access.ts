import { AttemptLimit } from "./attempt-limit.ts";
import { sameSecret } from "./same-secret.ts";
import { Sessions } from "./sessions.ts";
import { SignInLinks } from "./sign-in-links.ts";

/** Authentication: programs use the token; browsers use a session, which they get with the token or a link. */
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
  return {
    isToken: (given) => sameSecret(given, options.token),
    sessions: await Sessions.open(options),
    links: new SignInLinks(options.now),
    attempts: new AttemptLimit(options.now),
  };
}

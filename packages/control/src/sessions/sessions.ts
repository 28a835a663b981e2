import {
  newSession,
  SESSION_MS,
  type Session,
  sealSession,
  sessionKey,
  unsealSession,
} from "./sealed-session.ts";
import { openSessionFile, type SessionFile, saveSessionFile } from "./session-file.ts";

/** A cookie is renewed when it is older than this, not at every request. */
const RENEW_AFTER_MS = 10 * 60_000;

/** The signed-in browsers. Their cookies survive restarts of the service; ended sessions stay ended. */
export class Sessions {
  readonly #home: string;
  readonly #key: Buffer;
  readonly #now: () => number;
  #file: SessionFile;
  #saved: Promise<void> = Promise.resolve();

  private constructor(options: { home: string; token: string; now: () => number }, file: SessionFile) {
    this.#home = options.home;
    this.#key = sessionKey(options.token, file.salt);
    this.#now = options.now;
    this.#file = file;
  }

  static async open(options: {
    /** Directory of the service's state. */
    readonly home: string;
    /** The service's token. */
    readonly token: string;
    readonly now: () => number;
  }): Promise<Sessions> {
    return new Sessions(options, await openSessionFile(options.home));
  }

  begin(): Session {
    return newSession(this.#now());
  }

  /** The cookie's value. */
  seal(session: Session): string {
    return sealSession(session, this.#key);
  }

  /** The session of a cookie; undefined when it is invalid, expired or ended. */
  find(cookie: string): Session | undefined {
    const session = unsealSession(cookie, this.#key);
    if (session === undefined || session.expiresAtMs <= this.#now()) return undefined;
    return Object.hasOwn(this.#file.ended, session.id) ? undefined : session;
  }

  /** The same session with a later expiry, if it is due for renewal. */
  renew({ id, expiresAtMs }: Session): Session | undefined {
    const renewed = { id, expiresAtMs: this.#now() + SESSION_MS };
    return renewed.expiresAtMs - expiresAtMs >= RENEW_AFTER_MS ? renewed : undefined;
  }

  /** Ends a session: its cookies are no longer accepted, even after a restart. */
  end({ id }: Session): Promise<void> {
    const nowMs = this.#now();
    const recent = Object.entries(this.#file.ended).filter(([, untilMs]) => untilMs > nowMs);
    this.#file = { ...this.#file, ended: { ...Object.fromEntries(recent), [id]: nowMs + SESSION_MS } };
    const save = () => saveSessionFile(this.#home, this.#file);
    // One at a time; a failed write (a full disk) must not fail the next.
    this.#saved = this.#saved.then(save, save);
    return this.#saved;
  }
}

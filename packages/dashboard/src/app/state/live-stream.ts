import { checkSession } from "../api.ts";
import { streamConnection } from "./connection.ts";

export interface LiveStreamOptions {
  /** What to do with the data of each kind of event. */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  /** The stream is open, and begins from its start: at first, and after each time that it broke off. */
  readonly onOpen?: () => void;
  /** The event after which nothing comes. */
  readonly last?: string;
  /** Look at the first event now and then while nobody sees the page, for its title. @default false */
  readonly glances?: boolean;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const GLANCE_MS = 20_000;

/**
 * Follows server-sent events until it is told to end. A stream that breaks off is opened again, ever less often, and
 * from its start: each of ours begins with all that a page shows. (A browser's own resuming knows one position, a log
 * has one of each worker.) A page that nobody sees holds no stream: a browser gives all its tabs six connections
 * to one host, and the seventh would wait for ever.
 *
 * @returns ends it
 */
export function followStream(url: string, options: LiveStreamOptions): () => void {
  const connection = streamConnection();
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = FIRST_WAIT_MS;

  const close = () => {
    clearTimeout(timer);
    source?.close();
  };
  const end = () => {
    close();
    connection.set(false);
    document.removeEventListener("visibilitychange", onVisibility);
  };
  const rest = () => {
    close();
    connection.set(false);
    if (options.glances) timer = setTimeout(open, GLANCE_MS);
  };
  const open = () => {
    close();
    const opened = new EventSource(url);
    source = opened;
    opened.onopen = () => {
      waitMs = FIRST_WAIT_MS;
      connection.set(false);
      options.onOpen?.();
    };
    opened.onerror = () => {
      if (document.hidden) return rest();
      opened.close();
      connection.set(true);
      // It does not say why: perhaps the session is over.
      void checkSession();
      timer = setTimeout(open, waitMs * (0.75 + Math.random() / 2));
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    };
    for (const [name, handle] of Object.entries(options.on)) {
      opened.addEventListener(name, (event) => {
        handle(JSON.parse((event as MessageEvent<string>).data));
        if (name === options.last) end();
        else if (document.hidden) rest();
      });
    }
  };
  const onVisibility = () => {
    if (document.hidden) rest();
    else open();
  };
  document.addEventListener("visibilitychange", onVisibility);
  open();
  return end;
}

import { checkSession } from "../api.ts";
import { streamConnection } from "./connection.ts";

export interface LiveStreamOptions {
  /** Handlers for the data of each kind of event. */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  /** Called when the stream opens from its start: initially, and after each reconnect. */
  readonly onOpen?: () => void;
  /** The final event. */
  readonly last?: string;
  /** While the page is hidden, read the first event from time to time, for the page's title. @default false */
  readonly glances?: boolean;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const GLANCE_MS = 20_000;

/**
 * Follows server-sent events until it is stopped. A broken stream is reopened with growing delays, from its start: each
 * of our streams begins with everything that a page shows. (A browser's own resuming has one position, but a log has
 * one per worker.) A hidden page keeps no stream open: a browser shares six connections to a host among all its tabs,
 * and a seventh would wait forever.
 *
 * @returns a function that stops it
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
      // The browser does not say why it failed: the session may have expired.
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

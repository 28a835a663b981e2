import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { JobAddress } from "../api.ts";
import type { NumberedLine } from "../state/log-buffer.ts";
import { LOG_CAPACITY, LogStore } from "../state/log-store.ts";
import { useLive } from "../state/use-live.ts";
import { visibleLines } from "../state/visible-lines.ts";
import { count, counted } from "../text/numbers.ts";
import { LogLine } from "./log-line.tsx";

/** Height of a line, as in log.css. */
const LINE_PX = 20;

/**
 * The last lines as they arrive. Only visible lines are rendered, so that thousands a second cost no more than a few.
 * Scrolling up pauses the view; one click returns to the newest lines.
 */
export function LogView(props: {
  readonly address: JobAddress;
  readonly worker: number | undefined;
  readonly search: string;
}) {
  const { address, worker, search } = props;
  const [store] = useLive<number, LogStore>(String(worker), () => new LogStore(address, worker));
  const [held, setHeld] = useState<{ readonly lines: readonly NumberedLine[]; readonly received: number }>();
  const { buffer } = store;
  const lines = held?.lines ?? buffer.select(search);
  const fresh = held ? buffer.received - held.received : 0;
  // Another selection begins at its newest lines
  useEffect(() => setHeld(undefined), [search, worker]);
  return (
    <>
      <p class="log-about" role="status">
        {buffer.dropped > 0 &&
          `The last ${count(LOG_CAPACITY)} lines; ${counted(buffer.dropped, "earlier line")} not shown. `}
        {search !== "" && `${counted(lines.length, "line")} with “${search}”. `}
        {store.isOver && "The log is complete."}
      </p>
      <LogWindow
        lines={lines}
        isHeld={held !== undefined}
        onHold={(isHeld) => setHeld(isHeld ? { lines, received: buffer.received } : undefined)}
      />
      {held && (
        <button type="button" class="button log-newest" onClick={() => setHeld(undefined)}>
          {fresh > 0 ? `${counted(fresh, "new line")}, go to the newest` : "Go to the newest"}
        </button>
      )}
    </>
  );
}

function LogWindow(props: {
  readonly lines: readonly NumberedLine[];
  readonly isHeld: boolean;
  readonly onHold: (isHeld: boolean) => void;
}) {
  const { lines, isHeld } = props;
  const view = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const window = visibleLines(lines.length, {
    topPx: top,
    heightPx: view.current?.clientHeight ?? 400,
    linePx: LINE_PX,
  });
  /** How far down the newest lines took the view; 0 while it is held. */
  const followedPx = useRef(0);
  useLayoutEffect(() => {
    const element = view.current;
    if (isHeld || !element) {
      followedPx.current = 0;
      return;
    }
    const furthestPx = element.scrollHeight - element.clientHeight;
    // The user has scrolled up, and the event is still to come.
    if (element.scrollTop < Math.min(followedPx.current, furthestPx) - 1) return;
    element.scrollTop = furthestPx;
    followedPx.current = element.scrollTop;
  });
  const scrolled = () => {
    const element = view.current;
    if (element === null) return;
    setTop(element.scrollTop);
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - LINE_PX;
    if (isAtEnd === isHeld) props.onHold(!isAtEnd);
  };
  return (
    <div
      ref={view}
      class="log"
      role="log"
      aria-live="off"
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      onScroll={scrolled}
    >
      {lines.length === 0 && <p class="log-none">No lines yet</p>}
      <div class="log-all" style={{ height: `${lines.length * LINE_PX}px` }}>
        <div class="log-window" style={{ transform: `translateY(${window.first * LINE_PX}px)` }}>
          {lines.slice(window.first, window.end).map((line) => (
            <LogLine key={line.number} line={line} />
          ))}
        </div>
      </div>
    </div>
  );
}

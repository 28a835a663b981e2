import { useEffect, useRef, useState } from "preact/hooks";
import { type JobAddress, jobPath } from "../api.ts";
import { LogView } from "./log-view.tsx";

/** The job's log. The stream starts when the section first becomes visible: an unseen stream costs both sides. */
export function LogSection({ address, workers }: { readonly address: JobAddress; readonly workers: number }) {
  const [section, isSeen] = useSeen<HTMLElement>();
  const [worker, setWorker] = useState<number>();
  const [search, setSearch] = useState("");
  return (
    <section class="card" aria-labelledby="log" ref={section}>
      <div class="card-head">
        <h2 id="log">Log</h2>
        <span class="card-actions">
          <label class="field">
            <span class="field-label">Worker</span>
            <input
              type="number"
              class="field-short"
              min={0}
              max={workers - 1}
              placeholder="all"
              value={worker ?? ""}
              onInput={({ currentTarget: { value } }) =>
                setWorker(/^\d+$/.test(value) ? Number(value) : undefined)
              }
            />
          </label>
          <label class="field">
            <span class="visually-hidden">Search the log</span>
            <input
              type="search"
              placeholder="Search the log"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          </label>
          <a href={jobPath(address, "/logs")} download={`${address.jobId}-log.ndjson`}>
            Download log
          </a>
        </span>
      </div>
      {isSeen && <LogView address={address} worker={worker} search={search.trim()} />}
    </section>
  );
}

/** Whether an element has ever been on the screen, or close to it. */
function useSeen<Seen extends Element>() {
  const element = useRef<Seen>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || element.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return [element, isSeen] as const;
}

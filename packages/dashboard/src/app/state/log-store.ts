import type { LogLineView } from "@millrace/core/rest";
import { type JobAddress, jobPath } from "../api.ts";
import { followStream } from "./live-stream.ts";
import { LogBuffer } from "./log-buffer.ts";
import { Store } from "./store.ts";

/** Maximum number of log lines kept. */
export const LOG_CAPACITY = 5_000;

/** A job's growing log. Its value is a number that changes at most once per frame, however fast lines arrive. */
export class LogStore extends Store<number> {
  readonly buffer = new LogBuffer(LOG_CAPACITY);
  #frame: number | undefined;
  readonly #url: string;
  #unfollow: (() => void) | undefined;
  #isOver = false;

  constructor(address: JobAddress, worker: number | undefined) {
    super(0);
    const query = new URLSearchParams({ follow: "true", tail: String(LOG_CAPACITY) });
    if (worker !== undefined) query.set("worker", String(worker));
    this.#url = jobPath(address, `/logs?${query}`);
  }

  /** True when no more lines will arrive. */
  get isOver(): boolean {
    return this.#isOver;
  }

  start(): void {
    this.#unfollow = followStream(this.#url, {
      last: "end",
      onOpen: () => this.buffer.clear(),
      on: {
        log: (data) => {
          this.buffer.add(data as LogLineView);
          this.#show();
        },
        end: () => {
          this.#isOver = true;
          this.#show();
        },
      },
    });
  }

  stop(): void {
    this.#unfollow?.();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #show(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.set(this.get() + 1);
    });
  }
}

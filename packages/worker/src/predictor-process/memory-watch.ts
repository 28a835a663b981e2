import { readFileSync } from "node:fs";
import { processTree } from "@millrace/process-tree";

const SAMPLE_MS = 200;
const SAMPLE_UNLIMITED_MS = 1000;
/** The process tree is refreshed once per this many samples. */
const TREE_EVERY_SAMPLES = 5;
const KIB = 1024;

/**
 * Watches the memory of a process and its descendants. Linux only; elsewhere it measures nothing and never calls back.
 */
export class MemoryWatch {
  readonly #pid: number;
  readonly #limitBytes: number | undefined;
  readonly #onExceeded: (usedBytes: number) => void;
  readonly #timer: NodeJS.Timeout;
  #tree: readonly number[] = [];
  #samples = 0;
  #peakBytes = 0;

  /** Starts immediately; `onExceeded` is called when the tree's memory exceeds `limitBytes`. */
  constructor(
    pid: number,
    options: { limitBytes?: number | undefined; onExceeded: (usedBytes: number) => void },
  ) {
    this.#pid = pid;
    this.#limitBytes = options.limitBytes;
    this.#onExceeded = options.onExceeded;
    this.#timer = setInterval(() => this.sample(), options.limitBytes ? SAMPLE_MS : SAMPLE_UNLIMITED_MS);
    this.#timer.unref();
  }

  /** Peak memory so far, in bytes. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes an extra sample now. */
  sample(): void {
    if (this.#samples++ % TREE_EVERY_SAMPLES === 0) this.#tree = processTree(this.#pid);
    let usedBytes = sum(this.#tree, residentBytes);
    // Pages shared with forked children are counted in each process: near the limit, the slower exact count decides.
    const isOver = this.#limitBytes !== undefined && usedBytes > this.#limitBytes;
    if (isOver && this.#tree.length > 1) usedBytes = sum(this.#tree, proportionalBytes);
    this.#peakBytes = Math.max(this.#peakBytes, usedBytes, highWaterBytes(this.#pid));
    if (this.#limitBytes !== undefined && usedBytes > this.#limitBytes) this.#onExceeded(usedBytes);
  }
}

/**
 * How many processes the kernel's OOM killer has killed since boot (including those in control groups), or undefined
 * where the system does not report it.
 */
export function kernelOomKills(): number | undefined {
  const match = /^oom_kill (\d+)$/m.exec(read("/proc/vmstat"));
  return match ? Number(match[1]) : undefined;
}

function sum(pids: readonly number[], bytesOf: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + bytesOf(pid), 0);
}

function residentBytes(pid: number): number {
  return kibField(read(`/proc/${pid}/status`), /^VmRSS:\s+(\d+) kB$/m);
}

/** The most that one process ever used, including peaks between two samples. */
function highWaterBytes(pid: number): number {
  return kibField(read(`/proc/${pid}/status`), /^VmHWM:\s+(\d+) kB$/m);
}

function proportionalBytes(pid: number): number {
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  return rollup === "" ? residentBytes(pid) : kibField(rollup, /^Pss:\s+(\d+) kB$/m);
}

function kibField(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0) * KIB;
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

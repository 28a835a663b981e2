import type { BatchDescriptor, Segment } from "../batch.ts";
import { MillraceError } from "../errors.ts";
import type { Source } from "../ports/ledger-batches.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { formatNamed } from "./formats/registry.ts";
import type { ItemBlock, SourcePosition } from "./item-block.ts";

const GROUP_BATCHES = 1_000;
const GROUP_MS = 50;

/**
 * The planner's position, as small JSON. Planning that resumes from it makes the same batches as an uninterrupted run.
 */
export interface PlanCheckpoint {
  /** Items and batches planned so far; totals of the whole dataset when `done`. */
  readonly items: number;
  readonly batches: number;
  /** Number of sources handed out so far; their ids are below it. */
  readonly sources: number;
  /** Where the last planned item ends; absent before the first batch. */
  readonly at?: SourcePosition & { readonly source: number; readonly version: string };
  readonly done: boolean;
}

/** Batches in order, and the sources that are new since the previous group: record the sources first. */
export interface BatchGroup {
  readonly batches: readonly BatchDescriptor[];
  readonly sources: readonly Source[];
  readonly checkpoint: PlanCheckpoint;
}

export interface PlanBatchesOptions {
  /** Items of a batch, at least 1; only the last batch has fewer. */
  readonly batchSize: number;
  /** Do not fail when there are no items at all. @default false */
  readonly allowEmpty?: boolean | undefined;
  /** The checkpoint of the last group that was handled. */
  readonly resume?: PlanCheckpoint | undefined;
  /** Takes warnings about a source whose items were found: one sentence each. */
  readonly warn?: ((source: Source, text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams over the sources once and cuts them into batches of ranges, in groups of up to 1,000 batches or about 50 ms
 * of work. The last group's checkpoint is `done` and contains the totals.
 *
 * `sources` come in order of their ids. When resuming, they may start at `resume.at.source`; earlier ones are skipped.
 *
 * @throws {MillraceError} no_input, malformed_input, item_too_large, input_changed
 */
export async function* planBatches(
  objects: ObjectStore,
  sources: AsyncIterable<Source> | Iterable<Source>,
  { batchSize, allowEmpty, resume, warn, signal }: PlanBatchesOptions,
): AsyncGenerator<BatchGroup> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot plan batches of ${batchSize} items: expected an integer of at least 1`);
  }
  const plan = new Plan(batchSize, resume);
  if (resume?.done) {
    yield plan.takeGroup(true);
    return;
  }
  for await (const source of sources) {
    signal?.throwIfAborted();
    const from = plan.meet(source);
    if (from === "passed") continue;
    const options = { from, signal, warn: (text: string) => warn?.(source, text) };
    for await (const block of formatNamed(source.format).items(objects, source, options)) {
      for (let item = 0; item < block.count; ) {
        item = plan.add(source, block, item);
        if (plan.isGroupFull) yield plan.takeGroup(false);
      }
      signal?.throwIfAborted();
      if (plan.isGroupDue) yield plan.takeGroup(false);
    }
  }
  plan.finish();
  const last = plan.takeGroup(true);
  if (last.checkpoint.items === 0 && !allowEmpty) {
    throw new MillraceError(
      "no_input",
      `Cannot plan batches: the ${last.checkpoint.sources} files of the dataset contain no items, expected at least one; "allow_empty": true allows it`,
      { details: { files: last.checkpoint.sources } },
    );
  }
  yield last;
}

/** The open batch, the open group, and the position up to which batches are closed. */
class Plan {
  readonly #batchSize: number;
  /** Where to resume, until that source has been reached. */
  #resumeAt: PlanCheckpoint["at"];
  #items: number;
  #batches: number;
  #sources: number;
  #at: PlanCheckpoint["at"];
  #openCount = 0;
  #openSegments: Segment[] = [];
  #openEnd: PlanCheckpoint["at"];
  #group: BatchDescriptor[] = [];
  #newSources: Source[] = [];
  #groupStartMs = performance.now();

  constructor(batchSize: number, resume: PlanCheckpoint | undefined) {
    this.#batchSize = batchSize;
    this.#resumeAt = resume?.at;
    this.#items = resume?.items ?? 0;
    this.#batches = resume?.batches ?? 0;
    this.#sources = resume?.sources ?? 0;
    this.#at = resume?.at;
  }

  get isGroupFull(): boolean {
    return this.#group.length >= GROUP_BATCHES;
  }

  /** True when there is something to hand out and enough time has passed. */
  get isGroupDue(): boolean {
    return this.#group.length > 0 && performance.now() - this.#groupStartMs >= GROUP_MS;
  }

  /** Where to start in a source: undefined means its first item. @throws {MillraceError} input_changed */
  meet(source: Source): SourcePosition | undefined | "passed" {
    if (source.id >= this.#sources) {
      this.#newSources.push(source);
      this.#sources = source.id + 1;
    }
    const at = this.#resumeAt;
    if (!at) return undefined;
    if (source.id < at.source) return "passed";
    if (source.id > at.source || source.version !== at.version) throw changedSource(source.origin);
    this.#resumeAt = undefined;
    return { offset: at.offset, line: at.line };
  }

  /** Adds the items of a block from `item` on until the open batch is full. Returns the next item. */
  add(source: Source, block: ItemBlock, item: number): number {
    const next = Math.min(block.count, item + this.#batchSize - this.#openCount);
    const end = block.end(next - 1);
    const last = this.#openSegments.at(-1);
    if (last?.source === source.id) {
      this.#openSegments[this.#openSegments.length - 1] = { ...last, end };
    } else {
      this.#openSegments.push({ source: source.id, start: block.start(item), end });
    }
    this.#openEnd = { source: source.id, version: source.version, offset: end, line: block.line(next - 1) };
    this.#openCount += next - item;
    if (this.#openCount === this.#batchSize) this.closeBatch();
    return next;
  }

  /**
   * Closes the last batch. @throws {MillraceError} input_changed when the source to resume from was not among the
   * sources
   */
  finish(): void {
    if (this.#resumeAt) throw changedSource(`source ${this.#resumeAt.source}`);
    this.closeBatch();
  }

  closeBatch(): void {
    if (this.#openCount === 0) return;
    this.#group.push({ first: this.#items, count: this.#openCount, segments: this.#openSegments });
    this.#items += this.#openCount;
    this.#batches += 1;
    this.#at = this.#openEnd;
    this.#openCount = 0;
    this.#openSegments = [];
  }

  takeGroup(done: boolean): BatchGroup {
    const checkpoint = {
      items: this.#items,
      batches: this.#batches,
      sources: this.#sources,
      ...(this.#at ? { at: this.#at } : {}),
      done,
    };
    const group = { batches: this.#group, sources: this.#newSources, checkpoint };
    this.#group = [];
    this.#newSources = [];
    this.#groupStartMs = performance.now();
    return group;
  }
}

function changedSource(file: string): MillraceError {
  return new MillraceError(
    "input_changed",
    `Cannot resume planning "${file}": the files have changed since planning began; submit the job again`,
    { details: { file } },
  );
}

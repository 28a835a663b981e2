/**
 * The protocol between the worker and a predictor's host.
 *
 * A frame is: `u32` little-endian length of the rest · 1 byte kind · body. All text is UTF-8. Kinds are bytes that
 * UTF-8 never uses (0xF8..0xFF), so stray text in the stream is noticed at the start of the next frame.
 *
 * Worker to host (the host's input; end of input = quit):
 *
 * | kind             | body                                                                                   |
 * | ---------------- | -------------------------------------------------------------------------------------- |
 * | 0xF8 `load`      | JSON {@link LoadSpec}                                                                  |
 * | 0xF9 `construct` | empty                                                                                  |
 * | 0xFA `predict`   | `u32` seq · `u16` length of the batch id · batch id · payload: text of a JSON array    |
 * | 0xFB `complete`  | empty; runs on_job_complete / onJobComplete if there is one                            |
 *
 * Host to worker:
 *
 * | kind             | body                                                                                   |
 * | ---------------- | -------------------------------------------------------------------------------------- |
 * | 0xF8 `loaded`    | JSON {@link FoundMethods}                                                              |
 * | 0xF9 `ready`     | JSON {@link FoundMethods}                                                              |
 * | 0xFA `output`    | `u32` seq · `u8` mode · `f64` microseconds in each of {@link STAGES} · JSON text lines  |
 * | 0xFB `completed` | empty                                                                                  |
 * | 0xFC `error`     | JSON {@link HostError}                                                                 |
 * | 0xFD `stage`     | `u32` seq · `u8` position in {@link STAGES}, or 0xFF while it waits for the next one    |
 *
 * Output modes: 0 `none` (no line), 1 `items` (one line per item), 2 `batch` (one line), 3 `outcomes` (one line per
 * item: `=` and its output, or `!` and its {@link HostError}), 4 `vectors` (no lines but a vector of finite numbers per
 * item, see `vectors.ts`). JSON text has no raw newline, so lines need no escaping,
 * and the worker passes outputs on without parsing.
 *
 * Predicts start in the order of their frames, up to {@link FoundMethods.in_flight} at once: when the process dies, one
 * of that many oldest unanswered ones caused it. Every request gets one answer, predicts in any order. An error with an
 * `exit_code` is the last frame: the process is exiting, which may take long.
 *
 * With stages around `predict`, a started predict waits until a `stage` frame says where it is, before it is there. A
 * predictor with `predict` alone sends none.
 *
 * The host writes a {@link batchMark} to the log before and after a predict, among the predictor's own output, so that
 * the worker knows which batch a line belongs to; the order of data in two pipes does not show that. Two writes would
 * cost too much for a very short predict, so a batch is marked only if the one before took at least
 * {@link MARK_FROM_MS}, or if it is the first.
 */

/** After a predict that took at least this long, the next one is marked. */
export const MARK_FROM_MS = 1;
const MARK_START = "\u001emillrace:batch:";
const MARK_END = "\u001f";
const MARK = new RegExp(`${MARK_START}([\\w.-]{0,100})${MARK_END}`);

/** The mark in the log where the predict of a batch starts; without a batch, where it has ended. */
export function batchMark(batchId = ""): string {
  return `${MARK_START}${batchId}${MARK_END}`;
}

/**
 * Splits a text at its marks: texts alternating with the batches that start between them. Usually there is only one
 * text.
 */
export function splitAtMarks(text: string): readonly string[] {
  return text.includes(MARK_START) ? text.split(MARK) : [text];
}

/** Kinds of requests from the worker and of answers from the host. */
export const WORKER_KIND = Object.freeze({ load: 0xf8, construct: 0xf9, predict: 0xfa, complete: 0xfb });
export const HOST_KIND = Object.freeze({
  loaded: 0xf8,
  ready: 0xf9,
  output: 0xfa,
  completed: 0xfb,
  error: 0xfc,
  stage: 0xfd,
});

/** What a batch goes through; the index is the number on the wire. */
export const STAGES = ["preprocess", "predict", "postprocess"] as const;
export type Stage = (typeof STAGES)[number];
const BETWEEN_STAGES = 0xff;

/** Time in each stage, in microseconds or in milliseconds. */
export type StageTimes = Readonly<Record<Stage, number>>;

/** How an output maps to the items; the index is the number on the wire. */
const OUTPUT_MODES = ["none", "items", "batch", "outcomes", "vectors"] as const;
export type OutputMode = (typeof OUTPUT_MODES)[number];

/** What to load, and the constructor's arguments. */
export interface LoadSpec {
  /** Absolute; becomes the working directory. */
  readonly project_dir: string;
  /** The predictor's file, relative to `project_dir`. */
  readonly path: string;
  readonly type: "python" | "typescript";
  /** First argument of the constructor. */
  readonly config: unknown;
  /** Second argument of the constructor. */
  readonly job_spec: unknown;
  /** How many calls run at once; absent: as many as the predictor's kind of method does by default. */
  readonly concurrency?: number;
  /** How `preprocess` runs, for a predictor that has it. */
  readonly preprocess: { readonly workers: number; readonly mode: "thread" | "process" };
  /** Added to Python's module path, relative to `project_dir`. @default "." */
  readonly python_path?: string;
  /** How outputs are written. */
  readonly output?: { readonly nan?: "error" | "null" | "string" };
}

/** What the host found, and how the predictor is called. */
export interface FoundMethods {
  /** Names of the methods, as their author spells them, such as `predict` and `on_job_complete`. */
  readonly methods: readonly string[];
  /** What one call is given: a batch (`predict`) or an item (`predict_item`), as a payload of one. */
  readonly unit: "batch" | "item";
  /** How many calls of it run at once. */
  readonly concurrency: number;
  /** How many calls are started at once, in any of the stages or between them. */
  readonly in_flight: number;
}

/** The step of an error that does not belong to a batch. */
export type HostPhase = "load" | "construct" | "complete";

/** A failed request. The host continues unless there is an `exit_code`. */
export interface HostError {
  /** The batch it belongs to; absent: `phase` says where it happened. */
  readonly seq?: number;
  readonly phase?: HostPhase;
  /** The stage that failed, in a predictor that has several. */
  readonly stage?: Stage;
  /** One of the platform's error codes. */
  readonly code: string;
  /** Class of the exception. */
  readonly type?: string;
  readonly message: string;
  readonly traceback?: string;
  /** The predictor's own verdict on an item: the code for its row. */
  readonly item_code?: string;
  readonly details?: unknown;
  /** Another attempt would not help. */
  readonly is_final?: boolean;
  /** Seconds after which to try again; the attempt does not count. */
  readonly retry_after?: number;
  /** The error ends the process, with this exit code. */
  readonly exit_code?: number;
  /** It ends because a process of a stage was ended by this signal, such as `SIGKILL`. */
  readonly signal?: string;
}

export interface PredictFrame {
  readonly seq: number;
  readonly batchId: string;
  /** Text of a JSON array. */
  readonly payload: Buffer;
}

export interface OutputFrame {
  readonly seq: number;
  readonly mode: OutputMode;
  readonly stagesUs: StageTimes;
  /** Lines of JSON text, separated by newlines; in mode `vectors`, what `decodeVectors` reads. */
  readonly lines: Buffer;
}

export { type Frame, FrameDecoder } from "./frame-decoder.ts";
export { decodeVectors, encodeVectors, type Vectors } from "./vectors.ts";

const HEADER_BYTES = 5;
const MAX_FRAME_BYTES = 0xffff_ffff;
const OUTPUT_HEAD_BYTES = 5 + 8 * STAGES.length;
/** Above this, items are written into the frame one by one instead of through one joined string. */
const JOIN_LIMIT_CHARS = 1024 * 1024;

/** A frame whose body is JSON, or empty if `body` is absent. */
export function encodeFrame(kind: number, body?: unknown): Buffer {
  return encodeText(kind, body === undefined ? "" : JSON.stringify(body));
}

/** A frame whose body is the given text. */
export function encodeText(kind: number, text: string): Buffer {
  const frame = allocateFrame(kind, Buffer.byteLength(text));
  frame.write(text, HEADER_BYTES);
  return frame;
}

/** A `predict` frame for items given as JSON texts. @throws {RangeError} when it exceeds 4 GiB */
export function encodePredict(seq: number, batchId: string, items: readonly string[]): Buffer {
  const idBytes = Buffer.byteLength(batchId);
  const headBytes = 6 + idBytes;
  const texts = joined(items);
  let payloadBytes = texts.length + 1; // brackets and commas
  for (const text of texts) payloadBytes += Buffer.byteLength(text);
  const frame = allocateFrame(WORKER_KIND.predict, headBytes + payloadBytes);
  frame.writeUInt32LE(seq, HEADER_BYTES);
  frame.writeUInt16LE(idBytes, HEADER_BYTES + 4);
  frame.write(batchId, HEADER_BYTES + 6);
  let offset = HEADER_BYTES + headBytes;
  frame[offset++] = 0x5b; // [
  for (const [position, text] of texts.entries()) {
    if (position > 0) frame[offset++] = 0x2c; // ,
    offset += frame.write(text, offset);
  }
  frame[offset] = 0x5d; // ]
  return frame;
}

/** An `output` frame; `lines` contains one JSON text per line. @throws {RangeError} when it exceeds 4 GiB */
export function encodeOutput(
  seq: number,
  mode: OutputMode,
  result: { readonly stagesUs: StageTimes; readonly lines: string | Buffer },
): Buffer {
  const frame = allocateFrame(HOST_KIND.output, OUTPUT_HEAD_BYTES + Buffer.byteLength(result.lines));
  frame.writeUInt32LE(seq, HEADER_BYTES);
  frame.writeUInt8(OUTPUT_MODES.indexOf(mode), HEADER_BYTES + 4);
  let at = HEADER_BYTES + 5;
  for (const stage of STAGES) at = frame.writeDoubleLE(result.stagesUs[stage], at);
  if (typeof result.lines === "string") frame.write(result.lines, HEADER_BYTES + OUTPUT_HEAD_BYTES);
  else result.lines.copy(frame, HEADER_BYTES + OUTPUT_HEAD_BYTES);
  return frame;
}

export function decodePredict(body: Buffer): PredictFrame {
  const idEnd = 6 + body.readUInt16LE(4);
  return {
    seq: body.readUInt32LE(0),
    batchId: body.toString("utf8", 6, idEnd),
    payload: body.subarray(idEnd),
  };
}

/** @throws {RangeError} when the body is not an output */
export function decodeOutput(body: Buffer): OutputFrame {
  const mode = OUTPUT_MODES[body.readUInt8(4)];
  if (!mode)
    throw new RangeError(`Cannot read an output frame: mode is ${body.readUInt8(4)}, expected 0 to 4`);
  const lines = body.subarray(OUTPUT_HEAD_BYTES);
  const stagesUs = {
    preprocess: body.readDoubleLE(5),
    predict: body.readDoubleLE(13),
    postprocess: body.readDoubleLE(21),
  };
  return { seq: body.readUInt32LE(0), mode, stagesUs, lines };
}

/** A `stage` frame; without a stage, the call waits for its next one. */
export function encodeStage(seq: number, stage?: Stage): Buffer {
  const frame = allocateFrame(HOST_KIND.stage, 5);
  frame.writeUInt32LE(seq, HEADER_BYTES);
  frame.writeUInt8(stage === undefined ? BETWEEN_STAGES : STAGES.indexOf(stage), HEADER_BYTES + 4);
  return frame;
}

export function decodeStage(body: Buffer): { readonly seq: number; readonly stage: Stage | undefined } {
  return { seq: body.readUInt32LE(0), stage: STAGES[body.readUInt8(4)] };
}

/** The JSON body of a frame. @throws {SyntaxError} when it is not JSON */
export function decodeJson<T>(body: Buffer): T {
  return JSON.parse(body.toString("utf8")) as T;
}

/** Short items go through one string, which is several times faster than one write each. */
function joined(items: readonly string[]): readonly string[] {
  let chars = 0;
  for (const item of items) chars += item.length;
  return items.length > 1 && chars < JOIN_LIMIT_CHARS ? [items.join(",")] : items;
}

function allocateFrame(kind: number, bodyBytes: number): Buffer {
  if (bodyBytes + 1 > MAX_FRAME_BYTES) {
    throw new RangeError(`Cannot write a frame of ${bodyBytes} bytes: expected less than 4 GiB`);
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  frame.writeUInt32LE(bodyBytes + 1, 0);
  frame[4] = kind;
  return frame;
}

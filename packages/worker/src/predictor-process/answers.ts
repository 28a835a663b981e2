import { ERROR_CODES, type ErrorCode, MillraceError } from "@millrace/core";
import {
  decodeJson,
  decodeOutput,
  decodeVectors,
  type Frame,
  HOST_KIND,
  type HostError,
  type OutputMode,
} from "@millrace/predictor/protocol";
import type { Request } from "./request-queue.ts";
import { vectorLines } from "./vector-lines.ts";

/** Above this, lines are sliced from the bytes one by one: the whole may exceed the maximum string length. */
const WHOLE_STRING_LIMIT_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const EXPECTED_KIND = {
  load: HOST_KIND.loaded,
  construct: HOST_KIND.ready,
  predict: HOST_KIND.output,
  complete: HOST_KIND.completed,
} as const;

/** The result of a batch. */
export interface PredictOutput {
  readonly mode: Exclude<OutputMode, "vectors">;
  /**
   * JSON texts: one per item (`items`), one (`batch`) or none (`none`). `outcomes`: one per item, after `=` its output
   * or after `!` its error, for {@link itemError}.
   */
  readonly lines: readonly string[];
  readonly predictMs: number;
  /** In the stages around predict, where the predictor has them. */
  readonly aroundMs?: { readonly preprocess: number; readonly postprocess: number };
}

/** A frame of the host; an error is decoded, since it says itself what it answers. */
export interface HostFrame {
  readonly kind: number;
  readonly body: Buffer;
  readonly error?: HostError | undefined;
}

export function decodeFrame({ kind, body }: Frame): HostFrame {
  return { kind, body, error: kind === HOST_KIND.error ? decodeJson<HostError>(body) : undefined };
}

/** The number of the call that a frame answers; undefined for other kinds of requests. */
export function answeredCall({ kind, body, error }: HostFrame): number | undefined {
  return kind === HOST_KIND.output ? body.readUInt32LE(0) : error?.seq;
}

/**
 * Reads a frame as the answer to a request: its value, or the error with which the request failed.
 * @throws {RangeError} when the frame does not answer it: the stream is then broken
 */
export function readAnswer(request: Request, frame: HostFrame): unknown {
  if (frame.error) return readError(request, frame.error);
  if (frame.kind !== EXPECTED_KIND[request.kind]) {
    throw new RangeError(`Cannot take a frame of kind ${frame.kind} as the answer while ${request.doing}`);
  }
  if (request.kind === "predict") return readOutput(request, frame.body);
  return request.kind === "complete" ? undefined : decodeJson(frame.body);
}

function readOutput(request: Request, body: Buffer): PredictOutput | MillraceError {
  const output = decodeOutput(body);
  checkSeq(request, output.seq);
  const { mode } = output;
  const expectedLines = mode === "none" ? 0 : mode === "batch" ? 1 : request.itemCount;
  const vectors = mode === "vectors" ? decodeVectors(output.lines, request.itemCount) : undefined;
  let lines: readonly string[];
  try {
    if (mode === "none") lines = [];
    else lines = vectors ? vectorLines(vectors) : splitLines(output.lines);
  } catch (error) {
    return new MillraceError(
      "invalid_output",
      `Cannot use the output of predict: one string is longer than 512 MiB`,
      {
        cause: error,
      },
    );
  }
  if (lines.length !== expectedLines) {
    throw new RangeError(`Cannot read an output: it has ${lines.length} lines, expected ${expectedLines}`);
  }
  const { preprocess, predict, postprocess } = output.stagesUs;
  return {
    mode: mode === "vectors" ? "items" : mode,
    lines,
    predictMs: predict / 1_000,
    ...(preprocess + postprocess > 0 && {
      aroundMs: { preprocess: preprocess / 1_000, postprocess: postprocess / 1_000 },
    }),
  };
}

function readError(request: Request, error: HostError): MillraceError {
  if (error.seq !== undefined) checkSeq(request, error.seq);
  return toError(error, request.kind === "predict");
}

/** The error in an item's line of `outcomes`. */
export function itemError(line: string): MillraceError {
  return toError(JSON.parse(line.slice(1)) as HostError, true);
}

function toError(error: HostError, guilty: boolean): MillraceError {
  const { type, traceback, stage, item_code, details, is_final, retry_after } = error;
  const code: ErrorCode = error.code in ERROR_CODES ? (error.code as ErrorCode) : "predictor_error";
  // The predictor's own words about an item stay as they are.
  const message =
    stage === undefined || item_code !== undefined ? error.message : `in ${stage}: ${error.message}`;
  return new MillraceError(retry_after === undefined ? code : "retry_later", message, {
    details: {
      ...(type !== undefined && { type }),
      ...(traceback !== undefined && { traceback }),
      ...(item_code !== undefined && { item_code, is_final: is_final === true }),
      ...(details !== undefined && { item_details: details }),
      ...(retry_after !== undefined && { retry_after }),
      guilty,
    },
  });
}

function checkSeq(request: Request, seq: number): void {
  if (request.kind !== "predict" || seq !== request.seq) {
    throw new RangeError(`Cannot take the answer to batch number ${seq} while ${request.doing}`);
  }
}

function splitLines(bytes: Buffer): readonly string[] {
  if (bytes.length < WHOLE_STRING_LIMIT_BYTES) return bytes.toString("utf8").split("\n");
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    lines.push(bytes.toString("utf8", start, end));
    start = end + 1;
  }
  return lines;
}

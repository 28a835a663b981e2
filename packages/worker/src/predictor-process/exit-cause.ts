import { constants } from "node:os";
import { ERROR_CODES, type ErrorCode, type ErrorDetails, MillraceError } from "@millrace/core";
import type { HostError } from "@millrace/predictor/protocol";
import type { Request } from "./request-queue.ts";
import { tellingLines } from "./telling-lines.ts";

/** A predictor this close to its limit when it got SIGKILL counts as killed by the kernel's OOM killer. */
const NEAR_LIMIT_SHARE = 0.8;
const BYTES_PER_MIB = 1024 * 1024;
/** JavaScript engines print this before they abort, Python when it could not even raise an exception. */
const OUT_OF_MEMORY_WORDS = /heap out of memory|JavaScript out of memory|^MemoryError\b|std::bad_alloc/m;

/** What is known about a predictor process that has ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly lastLines: readonly string[];
  readonly memLimitBytes: number | undefined;
  readonly peakMemoryBytes: number;
  /** True when the kernel's OOM killer killed any process during this one's life. */
  readonly kernelKilledForMemory: boolean;
  /** Why the worker killed it, if it did. */
  readonly killedFor?: MillraceError | undefined;
  /** The error with which the process ends, if the host reported one. */
  readonly said?: HostError | undefined;
}

/** The error that says why the process ended; `doing` is what it was asked to do, such as `predicting batch "…"`. */
export function exitCause(end: ProcessEnd, doing: string): MillraceError {
  // A report from the host always comes before any kill.
  const { said } = end;
  if (said?.signal !== undefined) return exitCause({ ...end, said: undefined, signal: said.signal }, doing);
  if (said) return saidCause(end, { said, doing });
  if (end.killedFor) return withDetails(end.killedFor, detailsOf(end));
  if (ranOutOfMemory(end)) {
    const limit = end.memLimitBytes
      ? `its limit is ${mib(end.memLimitBytes)} (compute.mem)`
      : "the machine has no memory left";
    return new MillraceError(
      "predictor_out_of_memory",
      `Cannot continue ${doing}: the predictor ran out of memory, ${limit}; ` +
        "expected a smaller batch_size, a smaller model or a larger compute.mem",
      { details: detailsOf(end) },
    );
  }
  return new MillraceError(
    "predictor_crashed",
    `Cannot continue ${doing}: ${describeEnd(end)}${lastWords(end)}`,
    {
      details: detailsOf(end),
    },
  );
}

/** The host reported it like any other error: what type it is, and where it was raised. */
function saidCause(
  end: ProcessEnd,
  { said, doing }: { readonly said: HostError; readonly doing: string },
): MillraceError {
  const { type, traceback, message, exit_code: exitCode } = said;
  const why = message === type || message === String(exitCode) ? "" : `: ${message}`;
  return new MillraceError(
    said.code in ERROR_CODES ? (said.code as ErrorCode) : "predictor_crashed",
    `Cannot continue ${doing}: the predictor's process ended with exit code ${exitCode}${why || lastWords(end)}`,
    {
      details: {
        ...detailsOf(end),
        exit_code: exitCode,
        said: true,
        ...(type !== undefined && { type }),
        ...(traceback !== undefined && { traceback }),
      },
    },
  );
}

/** The error for a predictor whose memory exceeded the limit, created before it is killed. */
export function memoryLimitPassed(usedBytes: number, limitBytes: number): MillraceError {
  return new MillraceError(
    "predictor_out_of_memory",
    `Cannot let the predictor continue: its processes use ${mib(usedBytes)}, its limit is ${mib(limitBytes)} ` +
      "(compute.mem); expected a smaller batch_size, a smaller model or a larger compute.mem",
    { details: { used_bytes: usedBytes, limit_bytes: limitBytes } },
  );
}

/** The error for the oldest request when its time is up. */
export function timedOut({ kind, doing, timeoutMs }: Request): MillraceError {
  const codes = {
    load: "predictor_not_loadable",
    construct: "predictor_init_failed",
    predict: "batch_timeout",
    complete: "predictor_error",
  } as const;
  return new MillraceError(
    codes[kind],
    `Cannot continue ${doing}: it took more than ${timeoutMs / 1000} s, the predictor was killed`,
    { details: { timeout_ms: timeoutMs } },
  );
}

/** The error for a predictor that has answered nothing for too long, with several calls or one. */
export function stalled(calls: number, limitMs: number): MillraceError {
  return new MillraceError(
    "predictor_stalled",
    `Cannot continue with ${calls} ${calls === 1 ? "call" : "calls"}: the predictor answered none of them for ` +
      `${limitMs / 1_000} s (predictor.stall_timeout) and was killed`,
    { details: { stall_timeout_ms: limitMs } },
  );
}

export function stopped(): MillraceError {
  return new MillraceError("unavailable", "Cannot continue predicting: the predictor was stopped");
}

export function brokenStream(error: Error): MillraceError {
  return new MillraceError(
    "predictor_crashed",
    `Cannot understand the predictor's process, so it was killed: ${error.message}. ` +
      "Code other than the host wrote to its file descriptors or closed them",
    { cause: error },
  );
}

/** A copy of an error for one of the requests that it ends. */
export function withDetails(error: MillraceError, details: ErrorDetails): MillraceError {
  return new MillraceError(error.code satisfies ErrorCode, error.message, {
    details: { ...details, ...error.details },
    cause: error.cause,
  });
}

function ranOutOfMemory(end: ProcessEnd): boolean {
  const isAbort = end.exitCode !== 0 && end.signal !== "SIGKILL";
  if (isAbort && OUT_OF_MEMORY_WORDS.test(end.lastLines.join("\n"))) return true;
  if (end.signal !== "SIGKILL") return false;
  const isNearLimit =
    end.memLimitBytes !== undefined && end.peakMemoryBytes >= end.memLimitBytes * NEAR_LIMIT_SHARE;
  return isNearLimit || end.kernelKilledForMemory;
}

function describeEnd(end: ProcessEnd): string {
  if (end.signal !== null) return `the predictor's process was ended by ${end.signal}${meaning(end.signal)}`;
  const hint = end.exitCode === 0 ? " (the predictor called exit)" : "";
  return `the predictor's process ended with exit code ${end.exitCode}${hint}`;
}

function meaning(signal: string): string {
  if (signal === "SIGSEGV" || signal === "SIGBUS") return " (native code accessed invalid memory)";
  if (signal === "SIGABRT") return " (native code aborted)";
  return "";
}

function lastWords(end: ProcessEnd): string {
  const lines = tellingLines(end.lastLines);
  return lines.length === 0 ? "" : `; its last lines: ${lines.join(" | ")}`;
}

function detailsOf(end: ProcessEnd): ErrorDetails {
  return {
    ...(end.exitCode === null ? {} : { exit_code: end.exitCode }),
    ...(end.signal === null ? {} : { signal: end.signal, signal_number: signalNumber(end.signal) }),
    last_lines: end.lastLines,
    peak_memory_bytes: end.peakMemoryBytes,
  };
}

function signalNumber(signal: string): number | null {
  return constants.signals[signal as NodeJS.Signals] ?? null;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / BYTES_PER_MIB)} MiB`;
}

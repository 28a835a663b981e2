import type { RetryStrategy } from "./job.ts";
import { clientException } from "./service-error.ts";
import {
  type EvaluateOnExit,
  type Members,
  membersList,
  optionalInteger,
  optionalMembers,
  optionalText,
  present,
  requiredText,
} from "./wire.ts";

const MAX_ATTEMPTS = 10;
const MAX_ENTRIES = 5;
const MAX_PATTERN_CHARACTERS = 512;
// At most one asterisk, at the end; before it, only the documented characters are allowed.
const TEXT_PATTERN = /^[\p{L}\p{N}.:\s]*\*?$/u;
const EXIT_CODE_PATTERN = /^[0-9]*\*?$/;

/** `retryStrategy` of a definition or a submission; undefined when it has none. */
export function readRetryStrategy(from: Members): RetryStrategy | undefined {
  const strategy = optionalMembers(from, "retryStrategy");
  if (strategy === undefined) return undefined;
  const attempts = optionalInteger(strategy, "attempts", { min: 1, max: MAX_ATTEMPTS });
  const entries = membersList(strategy, "evaluateOnExit") ?? [];
  if (entries.length > MAX_ENTRIES) {
    throw clientException(`evaluateOnExit must have at most ${MAX_ENTRIES} entries, got ${entries.length}`);
  }
  if (entries.length > 0 && attempts === undefined) {
    throw clientException("attempts must be specified when evaluateOnExit is specified");
  }
  return { attempts: attempts ?? 1, evaluateOnExit: entries.map(readEntry) };
}

function readEntry(entry: Members): EvaluateOnExit {
  const action = requiredText(entry, "action").toUpperCase();
  if (action !== "RETRY" && action !== "EXIT") throw clientException("action must be RETRY or EXIT");
  const onStatusReason = readPattern(entry, "onStatusReason", TEXT_PATTERN);
  const onReason = readPattern(entry, "onReason", TEXT_PATTERN);
  const onExitCode = readPattern(entry, "onExitCode", EXIT_CODE_PATTERN);
  if ((onStatusReason ?? onReason ?? onExitCode) === undefined) {
    throw clientException("evaluateOnExit entries must have onStatusReason, onReason or onExitCode");
  }
  return present({ onStatusReason, onReason, onExitCode, action }) as EvaluateOnExit;
}

function readPattern(entry: Members, name: string, allowed: RegExp): string | undefined {
  const pattern = optionalText(entry, name);
  if (pattern === undefined) return undefined;
  if (pattern.length <= MAX_PATTERN_CHARACTERS && allowed.test(pattern)) return pattern;
  throw clientException(`${name} is not a valid pattern: ${pattern}`);
}

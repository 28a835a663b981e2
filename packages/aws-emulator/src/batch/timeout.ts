import { type Members, optionalInteger, optionalMembers } from "./wire.ts";

const LEAST_SECONDS = 60;

/** `timeout.attemptDurationSeconds` of a definition or a submission. */
export function readTimeoutSeconds(from: Members): number | undefined {
  const timeout = optionalMembers(from, "timeout");
  if (timeout === undefined) return undefined;
  return optionalInteger(timeout, "attemptDurationSeconds", { min: LEAST_SECONDS, max: 2 ** 31 - 1 });
}

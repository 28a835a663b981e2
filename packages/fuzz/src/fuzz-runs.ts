/**
 * Number of inputs that a fuzz test tries per format. Raise it for a long search; a failure prints its seed and path.
 */
export const FUZZ_RUNS = 10_000;

/** For a fuzz test's `t.timeout`: it takes some ten seconds on a quiet machine, longer on a busy one. */
export const FUZZ_TIMEOUT_MS = 300_000;

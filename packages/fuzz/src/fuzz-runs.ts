/** Inputs of each format that a fuzz test tries. Raise it for a long search; a failure prints its seed and path. */
export const FUZZ_RUNS = 10_000;

/** For a fuzz test's `t.timeout`: some ten seconds on a quiet machine, more beside others. */
export const FUZZ_TIMEOUT_MS = 300_000;

/** Inputs of each format that a fuzz test tries. Raise it for a long search; a failure prints its seed and path. */
export const FUZZ_RUNS = 10_000;

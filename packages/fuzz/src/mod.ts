export { brokenBytes } from "./broken-bytes.ts";
export { brokenJson } from "./broken-json.ts";
export { cutBytes } from "./cut-bytes.ts";
export { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from "./fuzz-runs.ts";
export { unclearWords } from "./unclear-words.ts";

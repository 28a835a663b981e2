export { brokenBytes } from "./broken-bytes.ts";
export { brokenJson } from "./broken-json.ts";
export { brokenTarGz } from "./broken-tar-gz.ts";
export { cutBytes } from "./cut-bytes.ts";
export { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from "./fuzz-runs.ts";
export { type RawEntry, rawTar } from "./raw-tar.ts";
export { unclearWords } from "./unclear-words.ts";

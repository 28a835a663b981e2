export { parseExactJson } from "./parse-exact-json.ts";
export { exactNumber, isRawNumber, plainNumbers, type RawNumber } from "./raw-number.ts";

import { damaged } from "../parquet-error.ts";

/** Checks a required count in the metadata; `what` names it in the error. @throws {ParquetError} */
export function countOf(value: number | undefined, what: string): number {
  if (value === undefined) throw damaged(`${what} is missing`);
  if (!Number.isSafeInteger(value) || value < 0) throw damaged(`${what} is ${value}`);
  return value;
}

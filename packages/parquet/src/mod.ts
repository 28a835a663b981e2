export type { ByteSource } from "./byte-source.ts";
export { ParquetError } from "./parquet-error.ts";
export { ParquetFile, type ParquetOptions } from "./parquet-file.ts";

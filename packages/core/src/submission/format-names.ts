/** The formats that a submission may name, and the names that sources have for them. */
export const FORMAT_NAMES = {
  ndjson: "ndjson",
  json_array: "json-array",
  csv: "csv",
  text: "text",
  parquet: "parquet",
  tar: "tar",
} as const;

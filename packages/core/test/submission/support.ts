import { MillraceError } from "../../src/mod.ts";
import { parseApiConfigs, parseSubmission } from "../../src/schemas.ts";

const yaml = `name: a
predictor: {type: python, path: p.py, config: {kept: 1, changed: {a: 1}}}
job_defaults: {max_attempts: 7, on_failure: fail_batch, batch_timeout: 9, prefetch: 4}
`;
export const api = parseApiConfigs(yaml, { file: "millrace.yaml" }).apis[0] as never;
export const itemList = { items: [1], batch_size: 1 };
export const files = { s3_paths: ["s3://bucket/a"], batch_size: 2 };

/** The error for a submission that must be refused. */
export function errorOf(body: unknown): MillraceError {
  try {
    parseSubmission(body, { api });
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error("accepted");
}

import { got } from "../config/field-error.ts";

/** A bucket, then any key prefix. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const S3 = "s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/|$)";
const FILE = "file://(?:localhost)?/";
const S3_URI = new RegExp(`^${S3}`);
const FILE_URI = new RegExp(`^${FILE}`);

/** All of {@link pathProblem} as one pattern, for readers of the schema. */
export const PATH_PATTERN = `^(?:/|${FILE}|${S3})[^\\u0000]*$`;

/**
 * What is wrong with a dataset's path, or undefined: it must be `s3://<bucket>/...`, `file:///...` or an absolute local
 * path. The control service checks whether the backend supports the scheme.
 */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "must not be empty";
  if (path.includes("\0")) return "must not contain a NUL character";
  if (path.startsWith("/")) return undefined;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(path)?.[1];
  if (scheme === "s3")
    return S3_URI.test(path) ? undefined : `must be s3://<bucket>/<prefix> (got ${got(path)})`;
  if (scheme === "file") {
    return FILE_URI.test(path)
      ? undefined
      : `must name an absolute path, as in file:///data/images (got ${got(path)})`;
  }
  if (scheme !== undefined) {
    return `must be an absolute path, or a file:// or s3:// URI, "${scheme}://" is not supported (got ${got(path)})`;
  }
  return `must be an absolute path, or a file:// or s3:// URI, a relative path means nothing to the service (got ${got(path)})`;
}

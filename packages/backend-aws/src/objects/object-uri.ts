import { MillraceError } from "@millrace/core";

/** The location of an object or, with an empty or partial key, of a prefix of objects. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY_BYTES = 1024;

/**
 * The object that `s3://bucket/key` names. The key is used as it is: nothing is decoded or normalised.
 *
 * @throws {MillraceError} unsupported_uri
 */
export function parseObjectUri(uri: string): S3Location {
  const location = parsePrefixUri(uri);
  if (location.key === "") {
    throw unsupported(uri, "it names a bucket, not an object; write s3://bucket/key");
  }
  return location;
}

/** Like {@link parseObjectUri}, for a prefix: the key may be empty. @throws {MillraceError} unsupported_uri */
export function parsePrefixUri(uri: string): S3Location {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(uri)?.[1]?.toLowerCase();
  if (scheme !== "s3") throw unsupported(uri, wayOut(uri, scheme));
  const [, bucket, key] = /^s3:\/\/([^/]*)\/(.*)$/is.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw unsupported(uri, 'there is no "/" after the bucket; write s3://bucket/ or s3://bucket/key');
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/.test(bucket)) {
    throw unsupported(uri, `"${bucket}" cannot be a bucket's name; write s3://bucket/key`);
  }
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) {
    throw unsupported(uri, `its key is longer than ${LONGEST_KEY_BYTES} bytes, S3's limit`);
  }
  return { bucket, key };
}

function wayOut(uri: string, scheme: string | undefined): string {
  if (scheme === "s3a" || scheme === "s3n") return `write s3:// in place of ${scheme}://`;
  if (scheme === "file" || uri.startsWith("/")) {
    return "a local file needs the local backend; on this one put it into S3 and use s3://bucket/key";
  }
  return scheme === undefined
    ? "not an s3:// URI; write s3://bucket/key"
    : `${scheme}:// is not supported; put the data into S3 and use s3://bucket/key`;
}

export function formatUri({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}

function unsupported(uri: string, problem: string): MillraceError {
  return new MillraceError("unsupported_uri", `Cannot use "${uri}": ${problem}`, { details: { uri } });
}

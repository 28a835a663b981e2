import { HeadBucketCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { MillraceError, type ObjectStat } from "@millrace/core";
import { httpStatus } from "../aws/aws-errors.ts";
import { translateReadError } from "./object-errors.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

/** An object's current state. Its version is its ETag. */
export async function statObject(s3: S3Client, location: S3Location): Promise<ObjectStat> {
  const { bucket, key } = location;
  const uri = formatUri(location);
  try {
    const { ContentLength, ETag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { uri, sizeBytes: ContentLength ?? 0, version: versionOf(ETag) };
  } catch (error) {
    // A HEAD's 404 has no body, so it does not say whether the object or the whole bucket is missing.
    if (httpStatus(error) === 404 && (await isBucketMissing(s3, bucket))) {
      throw new MillraceError(
        "object_not_found",
        `Cannot look at "${uri}": there is no bucket "${bucket}"; check its name`,
        { details: { uri }, cause: error },
      );
    }
    throw translateReadError(error, { uri, bucket, verb: "look at" });
  }
}

/** An ETag without its quotes. */
export function versionOf(etag: string | undefined): string {
  return (etag ?? "").replace(/^(?:W\/)?"(.*)"$/, "$1");
}

async function isBucketMissing(s3: S3Client, bucket: string): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return false;
  } catch (error) {
    return httpStatus(error) === 404;
  }
}

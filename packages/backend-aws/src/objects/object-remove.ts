import { setTimeout as delay } from "node:timers/promises";
import { DeleteObjectsCommand, type S3Client, type _Error as S3KeyError } from "@aws-sdk/client-s3";
import { MillraceError } from "@millrace/core";
import { translateWriteError } from "./object-errors.ts";
import { listPages } from "./object-list.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

const TRIES = 4;
const PAUSE_MS = 200;

/** Removes every object whose key starts with the location's, including directory markers. */
export async function removeObjects(s3: S3Client, location: S3Location): Promise<void> {
  // A page has at most 1,000 keys, as many as DeleteObjects accepts.
  for await (const page of listPages(s3, location)) {
    await removeKeys(s3, { bucket: location.bucket, keys: page.map(({ key }) => key) });
  }
}

async function removeKeys(
  s3: S3Client,
  { bucket, keys }: { readonly bucket: string; readonly keys: readonly string[] },
): Promise<void> {
  let left = keys;
  for (let tries = 1; left.length > 0; tries += 1) {
    // The answer is 200 even if some keys failed.
    const errors = await deleteOnce(s3, { bucket, keys: left });
    const [first] = errors;
    if (!first) return;
    if (tries === TRIES) throw notRemoved(bucket, { first, count: errors.length });
    left = errors.map(({ Key = "" }) => Key);
    await delay(PAUSE_MS * tries);
  }
}

async function deleteOnce(
  s3: S3Client,
  { bucket, keys }: { readonly bucket: string; readonly keys: readonly string[] },
): Promise<readonly S3KeyError[]> {
  try {
    const command = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Quiet: true, Objects: keys.map((key) => ({ Key: key })) },
    });
    return (await s3.send(command)).Errors ?? [];
  } catch (error) {
    throw translateWriteError(error, formatUri({ bucket, key: keys[0] ?? "" }));
  }
}

function notRemoved(
  bucket: string,
  { first, count }: { readonly first: S3KeyError; readonly count: number },
): MillraceError {
  const uri = formatUri({ bucket, key: first.Key ?? "" });
  const isDenied = first.Code === "AccessDenied";
  return new MillraceError(
    isDenied ? "backend_misconfigured" : "unavailable",
    `Cannot remove "${uri}"${count > 1 ? ` and ${count - 1} others` : ""}: S3 answered ${first.Code}: ` +
      `${first.Message}; ${isDenied ? "allow s3:DeleteObject to the role" : "try again"}`,
    { details: { uri, aws_error: first.Code, objects: count }, cause: first },
  );
}

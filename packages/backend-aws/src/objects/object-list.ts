import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from "@aws-sdk/client-s3";
import type { ObjectStat } from "@millrace/core";
import { translateReadError } from "./object-errors.ts";
import { versionOf } from "./object-stat.ts";
import { formatUri, type S3Location } from "./object-uri.ts";

/** Every object whose key starts with the location's, in byte order, as S3 lists them. */
export async function* listObjects(
  s3: S3Client,
  location: S3Location,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly ObjectStat[]> {
  const { bucket } = location;
  for await (const page of listPages(s3, location, { signal })) {
    // Directory markers: consoles create an empty object for a folder. One with content is data.
    const objects = page.filter(({ key, sizeBytes }) => !key.endsWith("/") || sizeBytes > 0);
    yield objects.map(({ key, sizeBytes, version }) => ({
      uri: formatUri({ bucket, key }),
      sizeBytes,
      version,
    }));
  }
}

export interface ListedKey extends Omit<ObjectStat, "uri"> {
  readonly key: string;
}

/** Pages of at most 1,000 keys, including directory markers; a page may be empty. */
export async function* listPages(
  s3: S3Client,
  location: S3Location,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly ListedKey[]> {
  let token: string | undefined;
  do {
    const page = await listPage(s3, location, { token, signal });
    yield (page.Contents ?? []).map(({ Key = "", Size = 0, ETag }) => ({
      key: page.EncodingType === "url" ? decodeKey(Key) : Key,
      sizeBytes: Size,
      version: versionOf(ETag),
    }));
    token = page.NextContinuationToken;
  } while (token !== undefined && token !== "");
}

async function listPage(
  s3: S3Client,
  { bucket, key }: S3Location,
  { token, signal }: { readonly token: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<ListObjectsV2CommandOutput> {
  signal?.throwIfAborted();
  try {
    return await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: key,
        // Keys may contain characters that XML cannot.
        EncodingType: "url",
        ...(token !== undefined && { ContinuationToken: token }),
      }),
      signal ? { abortSignal: signal } : {},
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw translateReadError(error, { uri: formatUri({ bucket, key }), bucket, verb: "list" });
  }
}

/** S3 encodes a space as "+", as in a form. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", "%20"));
}

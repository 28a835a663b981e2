import type { ObjectStore } from "@millrace/core";
import type { Clients } from "../aws/clients.ts";
import type { AwsConfig } from "../aws/config.ts";
import { listObjects } from "./object-list.ts";
import { objectReader } from "./object-read.ts";
import { removeObjects } from "./object-remove.ts";
import { statObject } from "./object-stat.ts";
import { formatUri, parseObjectUri, parsePrefixUri } from "./object-uri.ts";
import { openObjectWriter } from "./object-writer.ts";
import { ownApiUri, ownJobUri, ownLocation, ownObject } from "./own-objects.ts";

/**
 * Objects in S3. A URI is `s3://bucket/key`, in any bucket that the role may read. The platform's own objects are in
 * its bucket under `jobs/<id>/objects` and `apis/<name>/<version>/objects`; it writes nowhere else.
 */
export function s3ObjectStore(
  { s3 }: Pick<Clients, "s3">,
  { bucket }: Pick<AwsConfig, "bucket">,
): ObjectStore {
  const reader = objectReader(s3);
  return {
    stat: async (uri) => await statObject(s3, parseObjectUri(uri)),
    list: async function* (prefix, { signal } = {}) {
      for await (const page of listObjects(s3, parsePrefixUri(prefix), { signal })) {
        for (const object of page) {
          signal?.throwIfAborted();
          yield object;
        }
      }
    },
    listUris: async function* (prefix, { signal } = {}) {
      for await (const page of listObjects(s3, parsePrefixUri(prefix), { signal }))
        yield page.map(({ uri }) => uri);
    },
    read: async (uri, options = {}) => await reader.read(parseObjectUri(uri), options),
    stream: async function* (uri, options = {}) {
      yield* reader.stream(parseObjectUri(uri), options);
    },
    writer: async (uri) => openObjectWriter(s3, ownObject(bucket, uri)),
    removeAll: async (prefix) => await removeObjects(s3, ownLocation(bucket, prefix)),
    jobUri: (jobId, name) => ownJobUri(bucket, { jobId, name }),
    apiUri: (apiName, version, name) => ownApiUri(bucket, { apiName, version, name }),
    display: (uri) => formatUri(parsePrefixUri(uri)),
  };
}

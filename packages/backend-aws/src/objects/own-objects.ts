import { MillraceError } from "@millrace/core";
import { formatUri, parsePrefixUri, type S3Location } from "./object-uri.ts";

const SAFE_NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";
const NAME = new RegExp(`^${SAFE_NAME}$`);
const OWN_KEY = new RegExp(`^(jobs/${SAFE_NAME}|apis/${SAFE_NAME}/${SAFE_NAME})/objects/`);

/** URI of a job's object or, with an empty name, prefix of all its objects. */
export function ownJobUri(bucket: string, { jobId, name }: { jobId: string; name: string }): string {
  return formatUri({ bucket, key: `jobs/${checked(jobId)}/objects/${checkedObject(name)}` });
}

/** URI of an object of an API version. */
export function ownApiUri(
  bucket: string,
  { apiName, version, name }: { apiName: string; version: string; name: string },
): string {
  const key = `apis/${checked(apiName)}/${checked(version)}/objects/${checkedObject(name)}`;
  return formatUri({ bucket, key });
}

/** Location of one of the platform's own objects. Everything else is the user's, and is never written or removed. */
export function ownLocation(bucket: string, uri: string): S3Location {
  const location = parsePrefixUri(uri);
  if (location.bucket === bucket && OWN_KEY.test(location.key)) return location;
  throw notOurs(uri);
}

/** Like {@link ownLocation}, but for exactly one object. */
export function ownObject(bucket: string, uri: string): S3Location {
  const location = ownLocation(bucket, uri);
  if (location.key.endsWith("/")) throw notOurs(uri);
  return location;
}

function checked(name: string): string {
  if (NAME.test(name)) return name;
  throw new TypeError(`Cannot make a URI of "${name}": it cannot be a folder's name`);
}

function checkedObject(name: string): string {
  if (!name.includes("\0") && !name.split("/").includes("..")) return name;
  throw new TypeError(`Cannot make a URI of "${name}": it leaves its folder`);
}

function notOurs(uri: string): MillraceError {
  return new MillraceError(
    "unsupported_uri",
    `Cannot write or remove "${uri}": not one of the platform's own objects`,
    { details: { uri } },
  );
}

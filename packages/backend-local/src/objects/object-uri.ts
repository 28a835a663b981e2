import { isAbsolute, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "@millrace/core";

/**
 * The absolute path of a URI. An absolute path is returned as it is; a `file://` URI is percent-decoded. A trailing
 * slash is kept, because it matters in a prefix.
 *
 * @throws {MillraceError} unsupported_uri
 */
export function pathOfUri(uri: string): string {
  if (isNormalPath(uri)) return uri;
  if (/^file:/i.test(uri)) return posix.normalize(withoutNul(pathOfFileUri(uri), uri));
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(uri)?.[1];
  if (scheme) {
    const way =
      scheme.toLowerCase() === "s3"
        ? "s3:// needs the aws backend; on this one use a local path or a file:// URI"
        : `${scheme}:// is not supported; use a local path or a file:// URI`;
    throw unsupported(uri, way);
  }
  if (!isAbsolute(uri)) {
    throw unsupported(uri, "it is a relative path; write an absolute one, such as /data/images");
  }
  return posix.normalize(withoutNul(uri, uri));
}

/** True for most absolute paths that need no normalising: a listing may have millions of them. */
function isNormalPath(uri: string): boolean {
  return uri.startsWith("/") && !uri.includes("//") && !uri.includes("/.") && !uri.includes("\0");
}

function withoutNul(path: string, uri: string): string {
  if (path.includes("\0")) throw unsupported(uri, "it holds a NUL character");
  return path;
}

function pathOfFileUri(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw unsupported(uri, "not a local file; write file:///path, percent-encoded", cause);
  }
}

function unsupported(uri: string, problem: string, cause?: unknown): MillraceError {
  return new MillraceError("unsupported_uri", `Cannot use "${uri}": ${problem}`, { details: { uri }, cause });
}

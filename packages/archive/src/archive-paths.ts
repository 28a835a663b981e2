import { refused, tooMuch } from "./refusals.ts";

const NAME_LIMIT_BYTES = 255;
const PATH_LIMIT_BYTES = 1_024;
const DEPTH_LIMIT = 100;
/** All paths together, including those that are only part of another: they are kept until the archive has been read. */
const ALL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Decides which paths of one archive may be written: nothing outside the directory, nothing twice, and no two names
 * that are the same file on a case-insensitive file system.
 */
export class ArchivePaths {
  /** Admitted paths: folded path → the path as spelled, and its kind. */
  readonly #known = new Map<string, { readonly path: string; readonly kind: "file" | "directory" }>();
  #bytes = 0;

  /** Number of files and directories, including those that only occur in paths. */
  get count(): number {
    return this.#known.size;
  }

  /** The clean relative path of an entry; empty for the directory itself. @throws {MillraceError} invalid_archive */
  admit(entryPath: string, kind: "file" | "directory"): string {
    const segments = safeSegments(entryPath);
    if (segments.length === 0 && kind === "file") throw refused(entryPath, "it has no name");
    let path = "";
    for (const [depth, segment] of segments.entries()) {
      path = depth === 0 ? segment : `${path}/${segment}`;
      this.#enter(path, depth === segments.length - 1 ? kind : "directory");
    }
    return path;
  }

  #enter(path: string, kind: "file" | "directory"): void {
    // The same name in two normal forms or two cases is one file on macOS and Windows.
    const folded = path.normalize("NFC").toLowerCase();
    const known = this.#known.get(folded);
    if (known === undefined) {
      this.#bytes += path.length;
      if (this.#bytes > ALL_LIMIT_BYTES)
        throw tooMuch(`its paths are over ${ALL_LIMIT_BYTES} bytes`, { limit_bytes: ALL_LIMIT_BYTES });
      this.#known.set(folded, { path, kind });
      return;
    }
    if (known.path !== path) throw refused(path, `it is the same as "${known.path}" if case is ignored`);
    if (kind === "file" || known.kind === "file") throw refused(path, "it occurs more than once");
  }
}

function safeSegments(path: string): readonly string[] {
  // Checked first, so that the checks below only see short paths.
  if (Buffer.byteLength(path) > PATH_LIMIT_BYTES)
    throw refused(path, `its path is over ${PATH_LIMIT_BYTES} bytes long`);
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw refused(path, "its path is absolute");
  if (path.includes("\\")) throw refused(path, "its path has a backslash");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) throw refused(path, "its path has control characters");
  if (path.includes("\ufffd")) throw refused(path, "its path is not UTF-8");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refused(path, 'its path has ".."');
  if (segments.length > DEPTH_LIMIT) throw refused(path, `it is nested in over ${DEPTH_LIMIT} directories`);
  const long = segments.find((segment) => Buffer.byteLength(segment) > NAME_LIMIT_BYTES);
  if (long !== undefined) throw refused(path, `a name in it is over ${NAME_LIMIT_BYTES} bytes long`);
  return segments;
}

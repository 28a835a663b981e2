import { MillraceError } from "@millrace/core";

const NAME_LIMIT_BYTES = 255;
const PATH_LIMIT_BYTES = 1_024;

/**
 * Decides which paths of an archive may be written, one archive at a time: nothing outside the directory, nothing
 * twice, nothing that would be the same file on a file system that ignores case.
 */
export class ArchivePaths {
  /** What was admitted: folded path → the path as it was spelled, and what it is. */
  readonly #known = new Map<string, { readonly path: string; readonly kind: "file" | "directory" }>();

  /** The clean relative path of an entry; empty for the directory itself. @throws {MillraceError} invalid_archive */
  admit(entryPath: string, kind: "file" | "directory"): string {
    const segments = safeSegments(entryPath);
    for (let depth = 1; depth < segments.length; depth++) {
      this.#enter(segments.slice(0, depth).join("/"), "directory");
    }
    const path = segments.join("/");
    if (path === "") {
      if (kind === "file") throw refused(entryPath, "it has no name");
      return path;
    }
    this.#enter(path, kind);
    return path;
  }

  #enter(path: string, kind: "file" | "directory"): void {
    // The same name in two normal forms or two cases is one file on macOS and Windows.
    const folded = path.normalize("NFC").toLowerCase();
    const known = this.#known.get(folded);
    if (known === undefined) {
      this.#known.set(folded, { path, kind });
      return;
    }
    if (known.path !== path)
      throw refused(path, `it is the same as "${known.path}" where case does not count`);
    if (kind === "file" || known.kind === "file") throw refused(path, "it is there more than once");
  }
}

function safeSegments(path: string): readonly string[] {
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw refused(path, "its path is absolute");
  if (path.includes("\\")) throw refused(path, "its path has a backslash");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) throw refused(path, "its path has control characters");
  if (path.includes("\ufffd")) throw refused(path, "its path is not UTF-8");
  if (Buffer.byteLength(path) > PATH_LIMIT_BYTES)
    throw refused(path, `its path is over ${PATH_LIMIT_BYTES} bytes long`);
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refused(path, 'its path has ".."');
  const long = segments.find((segment) => Buffer.byteLength(segment) > NAME_LIMIT_BYTES);
  if (long !== undefined) throw refused(path, `a name in it is over ${NAME_LIMIT_BYTES} bytes long`);
  return segments;
}

/** The error of an entry that is not accepted. */
export function refused(path: string, why: string): MillraceError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new MillraceError(
    "invalid_archive",
    `Cannot unpack ${shown}: ${why}, expected plain files and directories inside the project`,
    { details: { entry: path.slice(0, PATH_LIMIT_BYTES) } },
  );
}

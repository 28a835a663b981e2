import { create } from "tar";
import { type ListedFile, type ListOptions, listProjectFiles } from "./list-files.ts";

/** An archive must not depend on when or by whom it was made. */
const FIXED_TIME = new Date(0);

/**
 * Writes the project as a `.tar.gz`: sorted, with fixed times and owners; links to its own files become those files.
 *
 * @throws {UserError} for what cannot be packed
 */
export async function packProject(
  projectDir: string,
  options: ListOptions & {
    /** Where to write it. */
    readonly archivePath: string;
  },
): Promise<readonly ListedFile[]> {
  const files = await listProjectFiles(projectDir, options);
  await create(
    {
      file: options.archivePath,
      cwd: projectDir,
      gzip: { level: 6 },
      portable: true,
      mtime: FIXED_TIME,
      follow: true,
      noDirRecurse: true,
      strict: true,
      // Hard links to one file are packed as separate files: the service rejects all links.
      linkCache: Object.assign(new Map<`${number}:${number}`, string>(), { get: () => undefined }),
    },
    // tar would read a name that starts with "@" as an archive to include.
    files.map(({ path }) => (path.startsWith("@") ? `./${path}` : path)),
  );
  return files;
}

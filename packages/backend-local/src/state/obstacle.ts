import { statfs } from "node:fs/promises";

/** The most that a group of commits needs, including the files beside the database. */
const ROOM_BYTES = 8 * 1024 * 1024;

/** Why no job can be written, such as a full file system. Undefined when writing is possible. */
export async function obstacleOf(directory: string): Promise<string | undefined> {
  const { bavail, bsize, files, ffree } = await statfs(directory);
  const freeBytes = bavail * bsize;
  // Some file systems do not count files.
  const hasNoFile = files > 0 && ffree === 0;
  if (freeBytes >= ROOM_BYTES && !hasNoFile) return undefined;
  const left = hasNoFile ? "no file can be added" : `${Math.floor(freeBytes / 1024)} KiB are free`;
  return `the disk of ${directory} is full (${left}): make room, and the job continues by itself`;
}

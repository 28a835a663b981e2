import { statfs } from "node:fs/promises";

/** What a group of commits takes at most, with the files beside it. */
const ROOM_BYTES = 8 * 1024 * 1024;

/** What keeps every job from being written: a file system that is full. Undefined when nothing does. */
export async function obstacleOf(directory: string): Promise<string | undefined> {
  const { bavail, bsize, files, ffree } = await statfs(directory);
  const freeBytes = bavail * bsize;
  // Some file systems do not count files.
  const hasNoFile = files > 0 && ffree === 0;
  if (freeBytes >= ROOM_BYTES && !hasNoFile) return undefined;
  const left = hasNoFile ? "no file can be added" : `${Math.floor(freeBytes / 1024)} KiB are free`;
  return `the disk of ${directory} is full (${left}): make room, and the job goes on by itself`;
}

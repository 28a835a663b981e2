import type { BigIntStats } from "node:fs";
import { MillraceError, type ObjectStat } from "@millrace/core";
import { translateFileError } from "./object-errors.ts";

/**
 * Describes a file as an object. Rejects special files: reading a pipe would block, and a device may never end. The
 * version consists of size, modification time (ns; ms under Deno) and inode.
 */
export function objectStat(path: string, stats: BigIntStats): ObjectStat {
  if (stats.isDirectory()) {
    throw translateFileError(Object.assign(new Error("is a directory"), { code: "EISDIR" }), path);
  }
  if (!stats.isFile()) {
    throw new MillraceError(
      "object_unreadable",
      `Cannot read "${path}": it is a device, a pipe or a socket, expected a file`,
      { details: { uri: path } },
    );
  }
  return {
    uri: path,
    sizeBytes: Number(stats.size),
    version: `${stats.size}-${stats.mtimeNs}-${stats.ino}`,
  };
}

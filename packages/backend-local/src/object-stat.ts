import type { BigIntStats } from "node:fs";
import type { ObjectStat } from "@millrace/core";
import { translateFileError } from "./object-errors.ts";

/** A file as an object. Its version is size, modification time (ns; ms under Deno) and inode. */
export function objectStat(path: string, stats: BigIntStats): ObjectStat {
  if (stats.isDirectory()) {
    throw translateFileError(Object.assign(new Error("is a directory"), { code: "EISDIR" }), path);
  }
  return {
    uri: path,
    sizeBytes: Number(stats.size),
    version: `${stats.size}-${stats.mtimeNs}-${stats.ino}`,
  };
}

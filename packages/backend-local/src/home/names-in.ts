import { readdirSync } from "node:fs";
import { systemCode } from "@millrace/core";

/** The names in a directory; none if it does not exist, or may not be read. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(systemCode(error) ?? "")) return [];
    throw error;
  }
}

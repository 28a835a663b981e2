import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Check, warning } from "./finding.ts";

/** The service's name for it, see `docs/reference/home.md`. */
const QUARANTINE = "quarantine";
const SHOWN = 3;

/** Checks for entries among the jobs that the service could not read when it started. */
export const checkQuarantine: Check = async ({ home }) => {
  const folder = join(home, QUARANTINE);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  if (names.length === 0) return [];
  const shown = names.toSorted().slice(0, SHOWN).join(", ");
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : "";
  const folders =
    names.length === 1
      ? "1 folder that is not a readable job"
      : `${names.length} folders that are not readable jobs`;
  return [
    warning(
      "quarantine",
      `${folders}: ${shown}${more} in ${folder}`,
      "service.log says why; restore the job.db of one from a backup, move the folder to jobs/ and restart, or remove it",
    ),
  ];
};

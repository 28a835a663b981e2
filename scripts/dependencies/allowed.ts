import { readFile } from "node:fs/promises";

/** A high or critical advisory that is temporarily accepted. */
export interface AllowedAdvisory {
  /** As in `GHSA-xxxx-xxxx-xxxx`. */
  readonly id: string;
  readonly package: string;
  /** Why it does no harm here. */
  readonly reason: string;
  /** Date of the review, `YYYY-MM-DD`; after {@link VALID_DAYS} it must be reviewed again. */
  readonly date: string;
}

/** Contents of `allowed.json`. */
export interface Allowed {
  /** SPDX identifiers. */
  readonly licenses: readonly string[];
  readonly advisories: readonly AllowedAdvisory[];
}

const VALID_DAYS = 90;
const DAY_MS = 86_400_000;

export async function readAllowed(): Promise<Allowed> {
  return JSON.parse(await readFile(new URL("./allowed.json", import.meta.url), "utf8")) as Allowed;
}

/** Problems with the list itself. */
export function allowedProblems({ advisories }: Allowed, nowMs: number): readonly string[] {
  return advisories.flatMap(({ id, reason, date }) => {
    const ageDays = (nowMs - Date.parse(date)) / DAY_MS;
    if (reason.trim() === "") return [`allowed.json: ${id} has no reason`];
    if (ageDays >= 0 && ageDays <= VALID_DAYS) return [];
    return [
      `allowed.json: ${id} has the date "${date}", expected one of the last ${VALID_DAYS} days: look at it again`,
    ];
  });
}

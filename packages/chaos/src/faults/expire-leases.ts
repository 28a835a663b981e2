import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Fault } from "../fault.ts";

const BUSY_TIMEOUT_MS = 5_000;

/** All leases expire now, as if their workers had been silent for long: batches run twice and are committed late. */
export const expireLeases: Fault = {
  needs: ["jobFile"],
  weight: 4,
  inject: async ({ jobFile }) => {
    const leases = jobFile !== undefined && existsSync(jobFile) ? expireIn(jobFile) : 0;
    return leases > 0 ? { what: `${leases} leases` } : undefined;
  },
};

/** Changes the job's file independently of the platform. Returns the number of leases, 0 when it cannot be changed. */
function expireIn(path: string): number {
  const file = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    return Number(file.prepare("UPDATE queue SET visible_at = 0 WHERE worker IS NOT NULL").run().changes);
  } catch (error) {
    // Nothing was changed: the file is locked for too long, or there is no disk space.
    if (/locked|full|disk I\/O/.test((error as Error).message)) return 0;
    throw error;
  } finally {
    file.close();
  }
}

import type { Fault } from "../fault.ts";
import { withJobFile } from "../job-file.ts";

/** All leases expire now, as if their workers had been silent for long: batches run twice and are committed late. */
export const expireLeases: Fault = {
  needs: ["jobFile"],
  weight: 4,
  inject: async ({ jobFile }) => {
    const leases = withJobFile(jobFile, (file) =>
      file.prepare("UPDATE queue SET visible_at = 0 WHERE worker IS NOT NULL").run(),
    );
    return leases && leases.changes > 0 ? { what: `${leases.changes} leases` } : undefined;
  },
};

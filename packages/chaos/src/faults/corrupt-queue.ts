import type { Fault } from "../fault.ts";
import { withJobFile } from "../job-file.ts";

const WAITING = "SELECT first, count FROM queue WHERE acked = 0 ORDER BY first LIMIT 1 OFFSET ?";

/** Changes one randomly chosen row of the queue behind the platform's back. */
function corrupt(statement: string, how: string): Pick<Fault, "needs" | "inject"> {
  return {
    needs: ["jobFile"],
    inject: async ({ jobFile }, draw) =>
      withJobFile(jobFile, (file) => {
        const { rows } = file.prepare("SELECT count(*) AS rows FROM queue WHERE acked = 0").get() as {
          rows: number;
        };
        const row = file.prepare(WAITING).get(Math.floor(draw * rows));
        if (!row) return undefined;
        const { first, count } = row as { first: number; count: number };
        const { changes } = file.prepare(statement).run(first, count);
        return changes > 0 ? { what: `batch ${first}-${count} ${how}` } : undefined;
      }),
  };
}

export const garbleRow: Fault = {
  ...corrupt(
    "UPDATE queue SET segments = 'x' || substr(segments, 3) WHERE first = ? AND count = ?",
    "is garbled",
  ),
  weight: 3,
};

export const loseRow: Fault = {
  ...corrupt("DELETE FROM queue WHERE first = ? AND count = ?", "is gone"),
  weight: 2,
};

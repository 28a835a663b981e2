import type { Fault } from "../fault.ts";

const HOUR_MS = 3_600_000;

/** The clocks of service and workers jump by minutes to hours, and later jump back. */
function jump(direction: 1 | -1): Fault {
  return {
    needs: ["settings"],
    weight: 2,
    holdMs: 4_000,
    inject: async ({ settings }, draw) => {
      const clockOffsetMs = Math.round(direction * (60_000 + draw * 3 * HOUR_MS));
      await settings?.({ clockOffsetMs });
      return {
        what: `by ${Math.round(clockOffsetMs / 60_000)} minutes`,
        heal: async () => settings?.({ clockOffsetMs: 0 }),
      };
    },
  };
}

export const clockForward = jump(1);
export const clockBack = jump(-1);

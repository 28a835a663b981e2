import type { Fault } from "../fault.ts";

export const diskFull: Fault = {
  needs: ["disk"],
  weight: 2,
  mostOfThousand: 60,
  holdMs: 2_000,
  inject: async ({ disk }) => {
    await disk?.fill();
    return { what: "the home", heal: async () => disk?.free() };
  },
};

export const slowDisk: Fault = {
  needs: ["settings", "jobFile"],
  weight: 2,
  holdMs: 3_000,
  inject: async ({ settings }, draw) => {
    const diskDelayMs = Math.round(20 + draw * 180);
    await settings?.({ diskDelayMs });
    return { what: `by ${diskDelayMs} ms`, heal: async () => settings?.({ diskDelayMs: 0 }) };
  },
};

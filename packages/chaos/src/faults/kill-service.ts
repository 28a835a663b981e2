import type { Fault } from "../fault.ts";

/** Sends SIGKILL to the service, which is then restarted. */
export const killService: Fault = {
  needs: ["service"],
  weight: 4,
  inject: async ({ service }) => {
    await service?.restart();
    return { what: "the service" };
  },
};

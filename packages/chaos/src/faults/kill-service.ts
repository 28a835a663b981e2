import type { Fault } from "../fault.ts";

/** SIGKILL to the service, which is started again. */
export const killService: Fault = {
  needs: ["service"],
  weight: 4,
  inject: async ({ service }) => {
    await service?.restart();
    return { what: "the service" };
  },
};

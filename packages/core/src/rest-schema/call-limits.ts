import { z } from "zod";

/** What limits the predictor's calls. */
export const CallLimitsViewSchema = z
  .object({
    gpu_batch_items: z.int().min(1).nullable().meta({
      description:
        "The most items that the workers predict at once, because more did not fit in the GPU's memory; null: everything fitted.",
      example: null,
    }),
  })
  .meta({ id: "CallLimits", description: "What limits the predictor's calls, over all workers." });

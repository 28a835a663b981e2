import { z } from "zod";

/** What limits the predictor's calls. */
export const CallLimitsViewSchema = z
  .object({
    gpu_batch_items: z.int().min(1).nullable().meta({
      description:
        "The most items that the workers predict at once, because more did not fit in the GPU's memory; null: everything fitted.",
      example: null,
    }),
    calls_at_once: z.int().min(1).nullable().meta({
      description:
        "The fewest calls in flight that a worker limits itself to, because the predictor raised `RetryLater`; null: no worker does.",
      example: 8,
    }),
    retry_later: z.int().min(0).meta({
      description: "How often the predictor put a call or an item off by `RetryLater`.",
      example: 120,
    }),
  })
  .meta({ id: "CallLimits", description: "What limits the predictor's calls, over all workers." });

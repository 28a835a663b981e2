import { API_NAME, RESERVED_ENDPOINTS } from "@millrace/core/schemas";
import { z } from "zod";

/** What a job's id looks like; whether it is one is for the ledger to say. */
export const JOB_ID = /^[0-9A-Z]{26}$/;

/** No name that the service answers itself: such a path is another operation's. */
const ENDPOINT = new RegExp(
  `^(?!(?:${RESERVED_ENDPOINTS.join("|").replaceAll(".", "\\.")})$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}$`,
);

/** What paths call their parameters. The patterns are what such a name can be at all; any other is not found. */
export const PATH_PARAMETERS = {
  name: z.string().regex(API_NAME).meta({ description: "Name of the API.", example: "image-classifier" }),
  endpoint: z
    .string()
    .regex(ENDPOINT)
    .meta({ description: "The API's endpoint.", example: "image-classifier" }),
  id: z.string().regex(JOB_ID).meta({ description: "The job.", example: "01KG5WT2D5GJ8QZ2N3V6X9Y7RA" }),
  /** All that is left of a path, with its slashes. */
  path: z.string().meta({ example: "jobs" }),
} satisfies Readonly<Record<string, z.ZodType>>;

import { API_NAME, RESERVED_ENDPOINTS } from "@millrace/core/schemas";
import { z } from "zod";

/** The form of a job id; the ledger knows whether the job exists. */
export const JOB_ID = /^[0-9A-Z]{26}$/;

/** Excludes names that the service uses itself: such a path belongs to another operation. */
const ENDPOINT = new RegExp(
  `^(?!(?:${RESERVED_ENDPOINTS.join("|").replaceAll(".", "\\.")})$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}$`,
);

/** Path parameters by name. The patterns match every possible value; anything else is not found. */
export const PATH_PARAMETERS = {
  name: z.string().regex(API_NAME).meta({ description: "Name of the API.", example: "image-classifier" }),
  endpoint: z
    .string()
    .regex(ENDPOINT)
    .meta({ description: "The API's endpoint.", example: "image-classifier" }),
  id: z.string().regex(JOB_ID).meta({ description: "The job.", example: "01KG5WT2D5GJ8QZ2N3V6X9Y7RA" }),
  /** The rest of a path, including its slashes. */
  path: z.string().meta({ example: "jobs" }),
} satisfies Readonly<Record<string, z.ZodType>>;

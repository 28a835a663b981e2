import { API_NAME } from "@millrace/core/schemas";
import { z } from "zod";
import { ENDPOINT, JOB_ID } from "../../http/name-patterns.ts";

// What several operations ask for. The patterns are what such a name can be at all; any other is not found.

export const name = z
  .string()
  .regex(API_NAME)
  .meta({ description: "Name of the API.", example: "image-classifier" });
export const endpoint = z
  .string()
  .regex(ENDPOINT)
  .meta({ description: "The API's endpoint.", example: "image-classifier" });
export const id = z
  .string()
  .regex(JOB_ID)
  .meta({ description: "The job.", example: "01KG5WT2D5GJ8QZ2N3V6X9Y7RA" });
export const jobID = id.meta({ description: "The job, as Cortex names it." });
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .meta({
    description: "The same key with the same request gives the same job.",
    example: "nightly-2026-01-31",
  });

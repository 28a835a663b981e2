import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";

/** The body of every error: `application/problem+json`. */
export const ProblemSchema = z
  .object({
    type: z.string().meta({ description: "URI of the kind of problem.", example: "about:blank" }),
    title: z.string().meta({ description: "The kind of problem.", example: "Unprocessable Entity" }),
    status: z.int().min(0).meta({ description: "HTTP status.", example: 422 }),
    detail: z.string().meta({
      description: "What is wrong and what to do, for people.",
      example: "file_path_lister: batch_size: must be greater than or equal to 1 (got 0)",
    }),
    code: z
      .enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
      .meta({ description: "Stable.", example: "invalid_submission" }),
    field: z
      .string()
      .exactOptional()
      .meta({ description: "Path of the offending field.", example: "file_path_lister.batch_size" }),
    request_id: z.string().meta({
      description: "The request, as the service's log calls it.",
      example: "01KG5WVZ7TQ6M0B8H4C2D9E1FA",
    }),
    details: z.record(z.string(), z.unknown()).exactOptional().meta({
      description: "More facts, by code; `errors` lists all mistakes of a configuration or submission.",
    }),
  })
  .meta({ id: "Problem", description: "An error. RFC 9457" });

/** Response to requests that only return a message. */
export const MessageResponseSchema = z
  .object({ message: z.string().meta({ example: "stopped job 01KG5WT2D5GJ8QZ2N3V6X9Y7RA" }) })
  .meta({ id: "MessageResponse", description: "What was done." });

import { z } from "zod";
import { JobIdSchema, TimeSchema } from "./common.ts";

const worker = z.int().min(0).meta({ description: "Number of the worker, from 0.", example: 0 });
const index = z.int().min(0).meta({ description: "Position in the dataset, from 0.", example: 17 });
const id = z.unknown().meta({
  description: "Id from the input, such as a file path; null if it has none.",
  example: "s3://bucket/images/18.jpg",
});

const itemError = z
  .object({
    code: z.string().meta({
      description: "Code of the error; codes do not change between versions.",
      example: "predictor_error",
    }),
    message: z.string().meta({ example: "ValueError: cannot identify image file" }),
    attempts: z.int().min(0).meta({ description: "Attempts of calls that contained the item.", example: 3 }),
    details: z.unknown().optional().meta({ description: "What the predictor added (`ItemError`)." }),
  })
  .meta({ id: "ItemError", description: "Why an item has no output." });

/** One line of `GET /<endpoint>/<id>/logs`. */
export const LogLineViewSchema = z
  .object({
    time: TimeSchema,
    level: z.enum(["debug", "info", "warn", "error"]).meta({ example: "info" }),
    api: z.string().meta({ description: "Name of the API.", example: "image-classifier" }),
    job_id: JobIdSchema,
    worker: worker
      .nullable()
      .meta({ description: "Number of the worker; null for the service itself.", example: 0 }),
    batch: z.string().nullable().meta({
      description: "Batch that the line belongs to, if known.",
      example: "000000001280-64",
    }),
    text: z.string().meta({ example: "model loaded" }),
  })
  .meta({ id: "LogLine", description: "One line of a job's log." });

/** Data of the first server-sent event of `GET /<endpoint>/<id>/logs?follow=true&tail=n`. */
export const LogPositionsViewSchema = z
  .object({
    positions: z
      .array(z.string().meta({ example: "0:4096" }))
      .meta({ description: "Event ids, one for each worker; the log starts after them." }),
  })
  .meta({ id: "LogPositions", description: "Where a followed log starts." });

/** One line of `GET /<endpoint>/<id>/results`. */
export const ResultRowSchema = z
  .union([
    // first, because an unknown output would match any error row
    z.object({ index, id, error: itemError }),
    z.object({ index, id, output: z.unknown().meta({ description: "What the predictor returned." }) }),
  ])
  .meta({ id: "ResultRow", description: "One item's output or error." });

/** One line of `GET /<endpoint>/<id>/failures`. */
export const FailureViewSchema = z
  .object({
    index,
    id,
    error: itemError,
    payload: z.unknown().meta({
      description: "The item as the predictor got it; null if the input can no longer be read.",
      example: "s3://bucket/images/18.jpg",
    }),
    attempts: z
      .array(
        z.object({
          attempt: z.int().min(0).meta({ description: "From 1.", example: 1 }),
          worker,
          time: TimeSchema,
          code: z.string().meta({ example: "predictor_error" }),
          type: z.string().nullable().meta({ description: "Class of the error.", example: "ValueError" }),
          message: z.string().meta({ example: "cannot identify image file" }),
          traceback: z.string().nullable().meta({ example: "Traceback (most recent call last):\n  …" }),
        }),
      )
      .meta({ description: "Attempts of the item's last batch, oldest first." }),
  })
  .meta({ id: "Failure", description: "An item that failed." });

/** `GET /<endpoint>/<id>/failures/groups` */
export const FailureGroupsResponseSchema = z
  .object({
    groups: z
      .array(
        z
          .object({
            code: z.string().meta({ example: "predictor_error" }),
            type: z.string().nullable().meta({ description: "Class of the error.", example: "ValueError" }),
            message: z.string().meta({
              description: 'The message, with "…" for the parts that differ between items.',
              example: "cannot identify image file …",
            }),
            items: z.int().min(0).meta({ example: 12 }),
            example: FailureViewSchema,
          })
          .meta({ id: "FailureGroup", description: "Failed items with similar errors." }),
      )
      .meta({ description: "Largest first, at most 50." }),
    items: z.int().min(0).meta({ description: "Number of failed items that were grouped.", example: 12 }),
    is_complete: z.boolean().meta({
      description: "False if there are more failed items or kinds of errors than shown here.",
    }),
  })
  .meta({ id: "FailureGroupsResponse", description: "Failed items, grouped by error." });

/** `<home>/service.json` */
export const ServiceFileSchema = z
  .object({ url: z.string(), pid: z.int().min(0), version: z.string() })
  .meta({ id: "ServiceFile", description: "How the command line finds the local service." });

import {
  ApiListResponseSchema,
  ApiResponseSchema,
  DeployEventSchema,
  DeployResponseSchema,
  MessageResponseSchema,
} from "@millrace/core/schemas";
import { z } from "zod";
import { json, ndjson } from "../contents.ts";
import { LINKS_OF_API } from "../links.ts";
import { answers, type Operation } from "../operation.ts";
import { DEPLOY_EVENTS } from "./examples.ts";
import { name } from "./parameters.ts";

const params = z.object({ name });
const deployed = { ...json(DeployResponseSchema), ...ndjson(DeployEventSchema, DEPLOY_EVENTS) };

export const API_OPERATIONS: readonly Operation[] = [
  {
    id: "listApis",
    tag: "apis",
    method: "get",
    path: "/apis",
    summary: "List APIs",
    responses: answers(json(ApiListResponseSchema)),
  },
  {
    id: "deployApi",
    tag: "apis",
    method: "put",
    path: "/apis/{name}",
    summary: "Deploy an API: the body is the project as a .tar.gz",
    params,
    query: z.object({
      config: z
        .string()
        .optional()
        .meta({ description: "Path of the YAML file in the archive.", "x-default": "millrace.yaml" }),
    }),
    requestBody: { "application/gzip": { schema: { type: "string", format: "binary" } } },
    responses: answers(deployed, [409, 413, 422], LINKS_OF_API),
  },
  {
    id: "getApi",
    tag: "apis",
    method: "get",
    path: "/apis/{name}",
    summary: "Inspect an API",
    params,
    responses: answers(json(ApiResponseSchema), [404]),
  },
  {
    id: "deleteApi",
    tag: "apis",
    method: "delete",
    path: "/apis/{name}",
    summary: "Delete an API",
    params,
    query: z.object({ force: z.boolean().optional().meta({ description: "Stop its jobs first." }) }),
    responses: answers(
      json(MessageResponseSchema, { deleted: { message: "deleted API image-classifier" } }),
      [404, 409],
    ),
  },
  {
    id: "refreshApi",
    tag: "apis",
    method: "post",
    path: "/apis/{name}/refresh",
    summary: "Install an API's dependencies again",
    params,
    responses: answers(deployed, [404, 422]),
  },
];

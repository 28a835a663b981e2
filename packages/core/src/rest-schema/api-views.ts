import { z } from "zod";
import { ApiIdSchema, ApiSpecSchema, TimeSchema } from "./common.ts";
import { JobSummarySchema } from "./job-views.ts";
import { ProblemSchema } from "./problem.ts";

const apiView = z.object({
  name: z.string().meta({ description: "Name of the API.", example: "image-classifier" }),
  kind: z.literal("BatchAPI"),
  api_id: ApiIdSchema,
  endpoint: z.string().meta({ description: "Full URL.", example: "http://127.0.0.1:8080/image-classifier" }),
  predictor_type: z.enum(["python", "typescript"]).meta({ description: "What runs the predictor." }),
  created_time: TimeSchema,
  active_jobs: z.int().min(0).meta({ description: "Number of unfinished jobs.", example: 1 }),
});

/** One API in `GET /apis`. */
export const ApiViewSchema = apiView.meta({ id: "Api", description: "A deployed API." });

/** `GET /apis` */
export const ApiListResponseSchema = z
  .object({ apis: z.array(ApiViewSchema).meta({ description: "Sorted by name." }) })
  .meta({ id: "ApiListResponse", description: "All deployed APIs." });

/** `GET /apis/<name>` */
export const ApiResponseSchema = apiView
  .extend({
    api_spec: ApiSpecSchema,
    recent_jobs: z.array(JobSummarySchema).meta({ description: "Newest first, at most 10." }),
  })
  .meta({ id: "ApiResponse", description: "One API with its configuration and latest jobs." });

const deployResponse = z.object({
  api: ApiViewSchema,
  changed: z
    .boolean()
    .meta({ description: "False if this version was already the current one.", example: true }),
  message: z.string().meta({ example: "deployed image-classifier" }),
});

/** `PUT /apis/<name>` */
export const DeployResponseSchema = deployResponse.meta({
  id: "DeployResponse",
  description: "What a deploy did.",
});

/** One line of a deploy response with `Accept: application/x-ndjson`. */
export const DeployEventSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("output"),
      text: z
        .string()
        .meta({ description: "A line of the installation.", example: "Collecting numpy==2.4.1" }),
    }),
    deployResponse.extend({ type: z.literal("deployed") }),
    z.object({ type: z.literal("error"), problem: ProblemSchema }),
  ])
  .meta({ id: "DeployEvent", description: "One line of a deploy; the last is `deployed` or `error`." });

import { z } from "zod";
import { DEFAULTS } from "../defaults.ts";
import { isReservedEndpoint, RESERVED_ENDPOINTS } from "./endpoint.ts";
import { got } from "./field-error.ts";
import { OutputSchema } from "./output-schema.ts";
import { normalizeProjectPath } from "./project-path.ts";
import { parseCores, parseSizeBytes } from "./quantity.ts";
import { WebhookSchema } from "./webhook-schema.ts";

/** Bounds of the API configuration; the schema and its messages use them. */
export const API_LIMITS = Object.freeze({
  nameCharacters: 63,
  cores: 1_024,
  gpus: 128,
  concurrency: 1_024,
  preprocessWorkers: 64,
  startStaggerSeconds: 600,
  // a plain `mem: 2` means two bytes; the user surely meant 2Gi
  memMinBytes: 16 * 2 ** 20,
  attempts: 100,
  // below the 24.8 days at which a timer in milliseconds overflows
  batchTimeoutSeconds: 14 * 24 * 3_600,
  prefetchBatches: 100,
});

/** Names of APIs: DNS labels, so that they fit host names, queues and paths. RFC 1123 */
export const API_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ENDPOINT = /^\/?[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const projectPath = z.string().refine((path) => normalizeProjectPath(path) !== undefined, {
  error: ({ input }) =>
    `must be a path inside the project, relative to the configuration file and without ".." (got ${got(input)})`,
});

const coresError = ({ input }: { input?: unknown }) =>
  `must be a number of cores above 0, such as 1, 0.5 or "500m" (got ${got(input)})`;
const sizeError = ({ input }: { input?: unknown }) =>
  `must be a size such as 512Mi, 2Gi or 500M (got ${got(input)})`;

const size = z
  .union([z.string(), z.number()], { error: sizeError })
  .refine((value) => parseSizeBytes(value) !== undefined, { error: sizeError });

const predictor = z
  .strictObject({
    type: z
      .enum(["python", "typescript"])
      .meta({ description: "Language of the predictor.", example: "python" }),
    path: projectPath.meta({
      description:
        "File of the predictor, relative to the configuration file: a Python file with a class `PythonPredictor`, or a TypeScript module that exports a predictor.",
      example: "predictor.py",
    }),
    concurrency: z.int().min(1).max(API_LIMITS.concurrency).optional().meta({
      description:
        "Calls in flight in one worker: batches for `predict`, items for `predict_item`. Calls of an `async def` share one event loop, those of a `def` get threads. TypeScript calls share the event loop.",
      example: 16,
      "x-default": "1, or 32 for an async `predict_item`",
    }),
    preprocess: z
      .strictObject({
        workers: z
          .int()
          .min(1)
          .max(API_LIMITS.preprocessWorkers)
          .default(DEFAULTS.preprocessWorkers)
          .meta({ description: "How many batches are preprocessed at once." }),
        mode: z.enum(["thread", "process"]).default(DEFAULTS.preprocessMode).meta({
          description:
            "`thread`: threads of the predictor's process; in TypeScript, its event loop. `process`: processes of their own, for Python code that holds the interpreter's lock; arrays reach `predict` through shared memory.",
        }),
      })
      .optional()
      .meta({
        description: "How `preprocess` runs ahead of `predict`, for a predictor that has it.",
        example: { workers: 4, mode: "process" },
        "x-default": "2 threads",
      }),
    start_stagger: z.number().min(0).max(API_LIMITS.startStaggerSeconds).optional().meta({
      description:
        "Seconds between the starts of a job's predictors: worker 0 constructs its predictor at once, worker 1 so many seconds after the job's start, and so on. For models whose loading would exhaust the disk, the memory or a server if all workers did it at once.",
      example: 5,
      "x-default": "0",
    }),
    stall_timeout: z.int().min(1).max(API_LIMITS.batchTimeoutSeconds).optional().meta({
      description:
        "Seconds after which a predictor that has calls in flight and answers none of them is replaced, for engines that may stand still. The calls are made again, alone, and only one that stalls the predictor again is charged an attempt.",
      example: 120,
      "x-default": "no limit",
    }),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({
        description:
          "Any JSON object; passed to the constructor. A job's config is merged over it, key by key.",
        example: { threshold: 0.5 },
      }),
    env: z
      .record(
        z.string().regex(ENV_NAME, {
          error: ({ input }) =>
            `is not a name for an environment variable, expected letters, digits and "_" (got ${got(input)})`,
        }),
        z.string().regex(/^[^\0]*$/, { error: "must not contain a NUL character" }),
      )
      .default({})
      .meta({
        description:
          "Environment variables of the predictor. Numbers and booleans are used as written: `1.10` is the string `1.10`.",
        example: { OMP_NUM_THREADS: "1" },
      }),
    python_path: projectPath.default(".").meta({
      description: "Directory to add to `PYTHONPATH`, relative to the configuration file.",
    }),
    image: z
      .string()
      .regex(/^[^\s\0]+$/, {
        error: ({ input }) => `must be the name of a container image (got ${got(input)})`,
      })
      .optional()
      .meta({
        description: "Container image to use instead of the default (aws).",
        "x-default": "the default image",
      }),
    dependencies: z
      .strictObject({
        pip: projectPath.default("requirements.txt").meta({ description: "Python requirements." }),
        conda: projectPath.default("conda-packages.txt").meta({ description: "Conda packages." }),
        shell: projectPath
          .default("dependencies.sh")
          .meta({ description: "Shell script that installs everything else." }),
      })
      .prefault({})
      .meta({
        description:
          "Files that say what to install before the predictor starts; a file that does not exist is skipped.",
      }),
  })
  .superRefine(({ type, preprocess }, context) => {
    if (type !== "typescript" || preprocess?.mode !== "process") return;
    context.addIssue({
      code: "custom",
      path: ["preprocess", "mode"],
      message:
        'must be thread for a TypeScript predictor (got "process"), whose preprocess shares its event loop: for work that needs a core, start worker threads in preprocess',
    });
  });

const compute = z.strictObject({
  cpu: z
    .union([z.number(), z.string()], { error: coresError })
    .refine((value) => (parseCores(value) ?? 0) > 0, { error: coresError })
    .refine((value) => (parseCores(value) ?? 0) <= API_LIMITS.cores, {
      error: ({ input }) => `must be at most ${API_LIMITS.cores} cores (got ${got(input)})`,
    })
    .default(1)
    .meta({ description: "Cores per worker. Fractions are allowed, also in thousandths: `500m`." }),
  gpu: z.int().min(0).max(API_LIMITS.gpus).default(0).meta({ description: "GPUs per worker." }),
  mem: size
    .refine((value) => (parseSizeBytes(value) ?? API_LIMITS.memMinBytes) >= API_LIMITS.memMinBytes, {
      error: ({ input }) =>
        `must be at least 16Mi (got ${got(input)}), a plain number counts bytes: add Mi or Gi`,
    })
    .optional()
    .meta({
      description:
        "Memory limit per worker. K, M, G, T are powers of 1000; Ki, Mi, Gi, Ti are powers of 1024.",
      example: "2Gi",
      "x-default": "no limit",
    }),
  shm: size.optional().meta({
    description: "Shared memory (`/dev/shm`) per worker.",
    example: "64Mi",
    "x-default": "the system's",
  }),
  accelerator: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,63}$/, {
      error: ({ input }) => `must be a GPU instance family such as g5 (got ${got(input)})`,
    })
    .optional()
    .meta({ description: "GPU instance family (aws).", example: "g5", "x-default": "any" }),
  spot: z.boolean().default(false).meta({ description: "Run workers on spot instances (aws)." }),
});

const networking = z.strictObject({
  endpoint: z
    .string()
    .refine((endpoint) => ENDPOINT.test(endpoint), {
      error: ({ input }) =>
        `must be one path segment of letters, digits, "-", "_" and ".", at most 63 long (got ${got(input)})`,
    })
    .refine((endpoint) => !isReservedEndpoint(endpoint.replace(/^\//, "")), {
      error: ({ input }) =>
        `is reserved (got ${got(input)}), choose a name other than ${RESERVED_ENDPOINTS.join(", ")}`,
    })
    .optional()
    .meta({
      description: "Path to which jobs are posted. A leading `/` is allowed.",
      example: "image-classifier",
      "x-default": "the API's name",
    }),
});

const jobDefaults = z.strictObject({
  max_attempts: z.int().min(1).max(API_LIMITS.attempts).default(DEFAULTS.maxAttempts).meta({
    description: "How often a batch is tried before it counts as failed.",
  }),
  on_failure: z.enum(["isolate", "fail_batch"]).default(DEFAULTS.onFailure).meta({
    description:
      "What happens to a batch that failed `max_attempts` times. `isolate`: it is split in half until the bad items are alone. `fail_batch`: all its items fail.",
  }),
  batch_timeout: z
    .int()
    .min(1)
    .max(API_LIMITS.batchTimeoutSeconds)
    .default(DEFAULTS.batchTimeoutSeconds)
    .meta({
      description:
        "Time limit for one call of `predict`, in seconds. A predictor that takes longer is killed.",
    }),
  prefetch: z.int().min(0).max(API_LIMITS.prefetchBatches).default(DEFAULTS.prefetchBatches).meta({
    description: "Batches that a worker loads ahead while the predictor is busy.",
  }),
});

/** One API as its YAML spells it, in snake_case. */
export const ApiConfigSchema = z
  .strictObject({
    name: z
      .string()
      .refine((name) => API_NAME.test(name), {
        error: ({ input }) =>
          `must be lower-case letters, digits and "-", starting and ending with a letter or digit, at most 63 long (got ${got(input)})`,
      })
      .meta({ description: "Name of the API, unique in the installation.", example: "image-classifier" }),
    kind: z.literal("BatchAPI").default("BatchAPI").meta({ description: "Millrace runs batch APIs only." }),
    predictor: predictor.meta({ description: "The user's code." }),
    compute: compute.prefault({}).meta({ description: "What each worker gets." }),
    networking: networking.prefault({}).meta({ description: "Where the API is served." }),
    job_defaults: jobDefaults
      .prefault({})
      .meta({ description: "Defaults for jobs whose submission leaves these fields out." }),
    output: OutputSchema.prefault({}).meta({ description: "How outputs are written." }),
    webhook: WebhookSchema.optional(),
  })
  .meta({ id: "ApiConfig", description: "Configuration of one API." });

export type ApiConfig = z.output<typeof ApiConfigSchema>;

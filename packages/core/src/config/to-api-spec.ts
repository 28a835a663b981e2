import type { z } from "zod";
import type { ApiSpec } from "../api.ts";
import type { Webhook } from "../webhook.ts";
import type { ApiConfig } from "./api-schema.ts";
import { toOutputRules } from "./output-schema.ts";
import { normalizeProjectPath } from "./project-path.ts";
import { formatSize, parseCores, parseSizeBytes } from "./quantity.ts";
import type { WebhookSchema } from "./webhook-schema.ts";

/**
 * The only place where the configuration's snake_case becomes the model's camelCase. `config` has passed the schema.
 */
export function toApiSpec(config: ApiConfig): ApiSpec {
  const { predictor, compute, job_defaults: defaults } = config;
  const { dependencies } = predictor;
  const output = toOutputRules(config.output);
  return {
    name: config.name,
    kind: config.kind,
    predictor: {
      type: predictor.type,
      path: projectPath(predictor.path),
      ...(predictor.concurrency === undefined ? {} : { concurrency: predictor.concurrency }),
      ...(predictor.preprocess && { preprocess: predictor.preprocess }),
      ...(predictor.start_stagger !== undefined && { startStaggerSeconds: predictor.start_stagger }),
      ...(predictor.stall_timeout !== undefined && { stallTimeoutSeconds: predictor.stall_timeout }),
      config: predictor.config,
      env: predictor.env,
      pythonPath: projectPath(predictor.python_path),
      ...(predictor.image === undefined ? {} : { image: predictor.image }),
      dependencies: {
        pip: projectPath(dependencies.pip),
        conda: projectPath(dependencies.conda),
        shell: projectPath(dependencies.shell),
      },
    },
    compute: {
      cpu: checked(parseCores(compute.cpu)),
      gpu: compute.gpu,
      ...(compute.mem === undefined ? {} : { memBytes: checked(parseSizeBytes(compute.mem)) }),
      ...(compute.shm === undefined ? {} : { shmBytes: checked(parseSizeBytes(compute.shm)) }),
      ...(compute.accelerator === undefined ? {} : { accelerator: compute.accelerator }),
      spot: compute.spot,
    },
    networking: { endpoint: endpointOf(config) },
    jobDefaults: {
      maxAttempts: defaults.max_attempts,
      onFailure: defaults.on_failure,
      batchTimeoutSeconds: defaults.batch_timeout,
      prefetchBatches: defaults.prefetch,
    },
    ...(output && { output }),
    ...(config.webhook && { webhook: toWebhook(config.webhook) }),
  };
}

export function toWebhook({ url, events, secret }: z.output<typeof WebhookSchema>): Webhook {
  return { url, events, ...(secret === undefined ? {} : { secret }) };
}

/** The endpoint without an optional leading slash. */
function endpointOf(config: ApiConfig): string {
  return config.networking.endpoint?.replace(/^\//, "") ?? config.name;
}

function projectPath(path: string): string {
  return checked(normalizeProjectPath(path));
}

function checked<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("Cannot map a configuration that did not pass its schema");
  return value;
}

/** The spec as users write it: snake_case, sizes as strings, defaults filled in. `parseApiSpecView` reads it back. */
export function apiSpecView(spec: ApiSpec): Readonly<Record<string, unknown>> {
  const { predictor, compute, jobDefaults } = spec;
  return {
    name: spec.name,
    kind: spec.kind,
    predictor: {
      type: predictor.type,
      path: predictor.path,
      ...(predictor.concurrency === undefined ? {} : { concurrency: predictor.concurrency }),
      ...(predictor.preprocess && { preprocess: predictor.preprocess }),
      ...(predictor.startStaggerSeconds !== undefined && { start_stagger: predictor.startStaggerSeconds }),
      ...(predictor.stallTimeoutSeconds !== undefined && { stall_timeout: predictor.stallTimeoutSeconds }),
      config: predictor.config,
      env: predictor.env,
      python_path: predictor.pythonPath,
      ...(predictor.image === undefined ? {} : { image: predictor.image }),
      dependencies: predictor.dependencies,
    },
    compute: {
      cpu: compute.cpu,
      gpu: compute.gpu,
      ...(compute.memBytes === undefined ? {} : { mem: formatSize(compute.memBytes) }),
      ...(compute.shmBytes === undefined ? {} : { shm: formatSize(compute.shmBytes) }),
      ...(compute.accelerator === undefined ? {} : { accelerator: compute.accelerator }),
      spot: compute.spot,
    },
    networking: { endpoint: spec.networking.endpoint },
    job_defaults: {
      max_attempts: jobDefaults.maxAttempts,
      on_failure: jobDefaults.onFailure,
      batch_timeout: jobDefaults.batchTimeoutSeconds,
      prefetch: jobDefaults.prefetchBatches,
    },
    ...(spec.output && { output: spec.output }),
    ...(spec.webhook && { webhook: spec.webhook }),
  };
}

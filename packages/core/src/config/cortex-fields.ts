import type { FieldError } from "./field-error.ts";
import type { Located } from "./located.ts";
import type { FieldPath } from "./schema-fields.ts";

/** How to treat a field that exists in Cortex's configuration but not in Millrace's. */
type Treatment =
  /** Ignoring it changes no result: it is dropped with a warning that says why. */
  | { readonly ignore: string }
  /** Without it the API would not do what its author wants: an error says what to do. */
  | { readonly refuse: string };

const LOADS_MODELS =
  "is not supported: load the model in the predictor's constructor, for example from a path in predictor.config";
const WORKERS = "the submission sets the number of workers";

/** Fields of Cortex v0.19 to v0.42 by path. */
export const CORTEX_FIELDS: Readonly<Record<string, Treatment>> = {
  handler: {
    refuse:
      "is not supported: rename it to predictor, the class to PythonPredictor and handle_batch to predict",
  },
  pod: { refuse: "is not supported: describe a predictor class under predictor instead of containers" },
  autoscaling: { ignore: `workers start from zero and end with the job; ${WORKERS}` },
  update_strategy: { ignore: "deploys are atomic, and running jobs keep the version they started with" },
  node_groups: { ignore: "compute says where workers run" },
  monitoring: { ignore: "progress and failures of every job are kept anyway" },
  tracker: { ignore: "progress and failures of every job are kept anyway" },
  "predictor.models": { refuse: LOADS_MODELS },
  "predictor.model": { refuse: LOADS_MODELS },
  "predictor.model_path": { refuse: LOADS_MODELS },
  "predictor.multi_model_reloading": { refuse: LOADS_MODELS },
  "predictor.signature_key": { refuse: LOADS_MODELS },
  "predictor.tensorflow_serving_image": { refuse: LOADS_MODELS },
  "predictor.server_side_batching": { ignore: "batch_size in the submission sets the size of a batch" },
  "predictor.processes_per_replica": { ignore: `each worker is one process; ${WORKERS}` },
  "predictor.threads_per_process": { ignore: `predict is called for one batch at a time; ${WORKERS}` },
  "predictor.log_level": { ignore: "everything the predictor logs is kept" },
  "networking.api_gateway": { ignore: "the service has its own address" },
  "networking.local_port": { ignore: "all APIs share the service's port" },
  "compute.inf": { refuse: "is not supported: use compute.gpu, or leave it out to run on CPUs" },
  "compute.node_groups": { ignore: "cpu, gpu, mem and accelerator decide where workers run" },
  "compute.selector": { ignore: "cpu, gpu, mem and accelerator decide where workers run" },
};

/** A field that was ignored, and why that is safe. */
export interface IgnoredField {
  readonly path: FieldPath;
  readonly offset: number | undefined;
  readonly message: string;
}

/**
 * Converts a Cortex configuration to Millrace's, in place: renames fields, drops what is not needed, and rejects what
 * would change the API's behaviour.
 */
export function adaptCortexFields(api: Located): {
  readonly ignored: readonly IgnoredField[];
  readonly errors: readonly FieldError[];
} {
  const ignored: IgnoredField[] = [];
  const errors: FieldError[] = [];
  for (const [name, treatment] of Object.entries(CORTEX_FIELDS)) {
    const path = name.split(".");
    const fields = fieldsOf(api, path.slice(0, -1));
    const field = fields?.get(path.at(-1) ?? "");
    if (fields === undefined || field === undefined) continue;
    if ("refuse" in treatment) {
      errors.push({ path, message: `Cortex's ${name} ${treatment.refuse}`, at: "name" });
    } else {
      ignored.push({ path, offset: field.nameOffset, message: `ignored: ${treatment.ignore}` });
      fields.delete(path.at(-1) ?? "");
    }
  }
  errors.push(...foreignKinds(api), ...moveSharedMemory(api));
  return { ignored, errors };
}

function fieldsOf(api: Located, path: readonly string[]): Located["fields"] {
  let node: Located | undefined = api;
  for (const name of path) node = node?.fields?.get(name)?.node;
  return node?.fields;
}

/** Cortex's other kinds of APIs and predictors. */
function foreignKinds(api: Located): readonly FieldError[] {
  const kind = api.fields?.get("kind")?.node.value;
  const type = fieldsOf(api, ["predictor"])?.get("type")?.node.value;
  const errors: FieldError[] = [];
  if (typeof kind === "string" && /^(?:Realtime|Async|Sync|Task)API$|^TrafficSplitter$/.test(kind)) {
    errors.push({
      path: ["kind"],
      message: `must be BatchAPI (got "${kind}"), Millrace runs offline batch inference only`,
    });
  }
  if (type === "tensorflow" || type === "onnx") {
    const message = `must be one of python, typescript (got "${type}"), write a PythonPredictor that loads the model in its constructor`;
    errors.push({ path: ["predictor", "type"], message });
  }
  return errors;
}

/** Cortex's `predictor.shm_size` is `compute.shm`. */
function moveSharedMemory(api: Located): readonly FieldError[] {
  const predictor = fieldsOf(api, ["predictor"]);
  const moved = predictor?.get("shm_size");
  if (predictor === undefined || moved === undefined) return [];
  const path = ["predictor", "shm_size"];
  if (fieldsOf(api, ["compute"])?.has("shm")) {
    return [{ path, message: "must not be set together with compute.shm, which means the same", at: "name" }];
  }
  predictor.delete("shm_size");
  const compute = api.fields?.get("compute")?.node;
  if (compute?.fields) compute.fields.set("shm", moved);
  else if (compute === undefined || compute.value === null) {
    const node: Located = { offset: moved.nameOffset, fields: new Map([["shm", moved]]) };
    api.fields?.set("compute", { nameOffset: moved.nameOffset, node });
  }
  return [];
}

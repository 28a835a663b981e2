import type { PredictorType } from "@millrace/core";

const PYTHON = `class PythonPredictor:
    def __init__(self, config, job_spec):
        # Runs once in each worker: load the model here.
        self.greeting = config["greeting"]

    def predict(self, payload, batch_id):
        # payload is one batch: a list of items. Return one output for each, in their order.
        return [f"{self.greeting}, {name}!" for name in payload]
`;

const TYPESCRIPT = `type Config = Readonly<{ greeting: string }>;

export class Predictor {
  readonly #greeting: string;

  // Runs once in each worker: load the model here.
  constructor(config: Config) {
    this.#greeting = config.greeting;
  }

  // payload is one batch: a list of items. Return one output for each, in their order.
  predict(payload: readonly string[]): string[] {
    return payload.map((name) => \`\${this.#greeting}, \${name}!\`);
  }
}
`;

/** What a TypeScript predictor imports, provided by its host. */
const PREDICTOR_PACKAGE = "@millrace/predictor";

const PYTHON_ITEM = `import asyncio

from millrace import ItemError


class PythonPredictor:
    def __init__(self, config, job_spec):
        # Runs once in each worker: create the client here.
        self.greeting = config["greeting"]

    async def predict_item(self, item, item_id):
        # One item of many that are in flight at once: await what takes long.
        await asyncio.sleep(0.1)
        if not item:
            raise ItemError("no_name", "nobody to greet")
        return f"{self.greeting}, {item}!"
`;

const TYPESCRIPT_ITEM = `import { setTimeout as delay } from "node:timers/promises";
import { ItemError } from "${PREDICTOR_PACKAGE}";

type Config = Readonly<{ greeting: string }>;

export class Predictor {
  readonly #greeting: string;

  // Runs once in each worker: create the client here.
  constructor(config: Config) {
    this.#greeting = config.greeting;
  }

  // One item of many that are in flight at once: await what takes long.
  async predictItem(item: string, itemId: string): Promise<string> {
    await delay(100);
    if (item === "") throw new ItemError("no_name", "nobody to greet");
    return \`\${this.#greeting}, \${item}!\`;
  }
}
`;

/** By what one call is given, then by language. */
const PREDICTORS = {
  batch: { python: PYTHON, typescript: TYPESCRIPT },
  item: { python: PYTHON_ITEM, typescript: TYPESCRIPT_ITEM },
} as const;

const IGNORE = `# What the predictor does not need, in the syntax of .gitignore
sample.json
`;

/** The files of a new project, by path. */
export function projectTemplate(options: {
  /** Name of the API. */
  readonly name: string;
  readonly type: PredictorType;
  /** What one call of the predictor is given. */
  readonly unit: keyof typeof PREDICTORS;
}): Readonly<Record<string, string>> {
  const predictorFile = options.type === "python" ? "predictor.py" : "predictor.ts";
  const sample = { workers: 1, item_list: { items: ["Ada", "Grace", "Alan", "Edsger"], batch_size: 2 } };
  return {
    "millrace.yaml": configuration(options.name, options.type, predictorFile),
    [predictorFile]: PREDICTORS[options.unit][options.type],
    "sample.json": `${JSON.stringify(sample, undefined, 2)}\n`,
    ".millraceignore": IGNORE,
  };
}

function configuration(name: string, type: PredictorType, predictorFile: string): string {
  return `- name: ${JSON.stringify(name)}
  kind: BatchAPI
  predictor:
    type: ${type}
    path: ${predictorFile}
    config:
      greeting: Hello
  compute:
    cpu: 1
`;
}

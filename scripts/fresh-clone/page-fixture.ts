import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The APIs that pages mention. An item that is null fails, so that there are failures to show. */
export const APIS = ["hello", "echo", "classifier", "image-classifier", "mis"] as const;

const PREDICTOR = `class PythonPredictor:
    def predict(self, payload, batch_id):
        if None in payload:
            raise ValueError("null is no item")
        return payload
`;
const SUBMISSION = { workers: 1, item_list: { items: ["Ada", "Grace"], batch_size: 1 } };
const CSV = "id,text\n1,one\n2,two\n";
const WRONG =
  "- name: bad_c\n  predictor:\n    path: predictor.py\n    type: pyton\n    paht: x\n  compute: { cpu: many }\n";

/** Files that the pages' commands use: projects, datasets, a token. */
export async function writePageFiles(directory: string, token: string): Promise<void> {
  const projects = APIS.flatMap((name) => [
    [`${name}/millrace.yaml`, `- name: ${name}\n  predictor: { type: python, path: predictor.py }\n`],
    [`${name}/predictor.py`, PREDICTOR],
  ]);
  const files = Object.fromEntries([
    ...projects,
    ["badc/millrace.yaml", WRONG],
    ["hello/sample.json", JSON.stringify(SUBMISSION)],
    ["sample.json", JSON.stringify(SUBMISSION)],
    ["job.json", JSON.stringify(SUBMISSION)],
    ["data/rows.csv", CSV],
    ["data/rows.ndjson", '{"id":1}\n{"id":2}\n'],
    ["images/one.png", "no picture, and nobody opens it"],
    ["token", token],
  ]) as Record<string, string>;
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

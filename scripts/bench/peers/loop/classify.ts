import { createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A hand-written loop: handles this process's share of the batches one by one and writes rows to a file. */
const [project = "", images = "", out = "", index = "0", processes = "1", batchSize = "32"] =
  process.argv.slice(2);
const { Predictor } = await import(join(project, "predictor.ts"));
const predictor = new Predictor({}, {});
const files = (await readdir(images, { recursive: true })).filter((name) => name.endsWith(".png")).sort();
const rows = createWriteStream(join(out, `rows-${index}.ndjson`));
const size = Number(batchSize);
for (let batch = Number(index); batch * size < files.length; batch += Number(processes)) {
  const payload = files.slice(batch * size, (batch + 1) * size).map((name) => join(images, name));
  const outputs = await predictor.predict(payload, String(batch));
  for (const [i, output] of outputs.entries()) {
    rows.write(`${JSON.stringify({ index: batch * size + i, id: payload[i], output })}\n`);
  }
}
rows.end();

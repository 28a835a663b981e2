import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { formatBytes, formatCount } from "../format.ts";
import { type App, endpointOf } from "../session.ts";
import { examples, type Program, type Run } from "./program.ts";

const NEWLINE = 0x0a;

export function registerResults(program: Program, run: Run): void {
  program
    .command("results")
    .description(
      "print a job's result rows as NDJSON, in item order; for a running job, the rows written so far",
    )
    .argument("<api>")
    .argument("<job>")
    .option("--output <file>", "write the rows to a file instead")
    .addHelpText(
      "after",
      examples(
        "results hello 01M84A8S07XNBHQCA3ZN4W26SY",
        "results hello 01M84A8S07XNBHQCA3ZN4W26SY --output rows.ndjson",
      ),
    )
    .action((api, job, options) =>
      run(async (app) => {
        const client = await app.connect();
        const endpoint = await endpointOf(app, client, { api, mayBeDeleted: true });
        const rows = client.results(endpoint, job, { signal: app.context.signal });
        if (options.output !== undefined) return writeFile(app, rows, options.output);
        for await (const chunk of rows) await app.output.raw(chunk);
      }),
    );
}

/** Writes the file atomically: an existing file is replaced only once every row is written. */
async function writeFile(app: App, rows: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  const path = resolve(app.context.cwd, file);
  const aside = `${path}.part`;
  let bytes = 0;
  let lines = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of rows) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted(), { objectMode: false }), createWriteStream(aside));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  app.output.line(`wrote ${formatCount(lines)} rows (${formatBytes(bytes)}) to ${file}`);
  app.output.document({ file: path, rows: lines, bytes });
}

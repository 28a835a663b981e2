import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../../platform.ts";

/** The limit for enqueuing CSV: parses every record of a file with csv-parse, as objects. Prints the seconds. */
const { parse } = createRequire(join(root, "packages", "core", "package.json"))("csv-parse");
const startedAt = performance.now();
let records = 0;
const file = createReadStream(process.argv[2] ?? "", { highWaterMark: 1024 * 1024 });
const parser = file.pipe(parse({ columns: true }));
parser.on("data", () => {
  records += 1;
});
await new Promise((done, fail) => parser.once("end", done).once("error", fail));
if (records === 0) throw new Error("the file has no records");
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000 }));

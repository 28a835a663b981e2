import { createReadStream } from "node:fs";

/**
 * The limit for enqueuing in JavaScript: reads a file, splits it at newlines and parses each line. Prints the seconds.
 */
const startedAt = performance.now();
let rest = "";
let values = 0;
for await (const chunk of createReadStream(process.argv[2] ?? "", {
  encoding: "utf8",
  highWaterMark: 1024 * 1024,
})) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    JSON.parse(line);
    values += 1;
  }
}
if (rest !== "") throw new Error(`the file does not end with a newline after ${values} values`);
console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000 }));

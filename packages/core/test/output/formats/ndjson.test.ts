import test from "ava";
import { ndjson } from "../../../src/output/formats/ndjson.ts";

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("rows() reverses the encoder, and splits at line breaks wherever the bytes are cut", async (t) => {
  const encoder = ndjson.encoder();
  const given = Array.from({ length: 50 }, (_, index) => `{"index":${index},"id":null,"output":"ä€𝄞"}\n`);
  for (const row of given) t.is(await encoder.add(row), undefined);
  const bytes = await encoder.end();
  for (const size of [1, 3, 64, 10_000]) {
    const chunks = await Array.fromAsync(ndjson.rows(chunksOf(bytes, size)));
    t.is(chunks.join(""), given.join(""));
    t.true(chunks.every((chunk) => chunk.endsWith("\n")));
  }
});

test("the encoder emits bytes once a mebibyte is collected, and each of them once", async (t) => {
  const encoder = ndjson.encoder();
  const row = `{"index":0,"id":null,"output":"${"x".repeat(300_000)}"}\n`;
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 10; n++) parts.push((await encoder.add(row)) ?? new Uint8Array());
  parts.push(await encoder.end());
  t.deepEqual(
    parts.map(({ length }) => length > 0),
    [false, false, false, true, false, false, false, true, false, false, true],
  );
  t.is(Buffer.concat(parts).toString(), row.repeat(10));
});

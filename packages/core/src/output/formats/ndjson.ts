import type { OutputFormat, PartEncoder, RowChunk } from "./format.ts";

/** Lines are buffered up to about this size before they are written. */
const WRITE_CHARS = 1024 * 1024;

/** One row per line, byte for byte as in the ledger. */
export const ndjson: OutputFormat = {
  name: "ndjson",
  ending: ".ndjson",
  encoder,
  rows,
  isNdjson: true,
};

function encoder(): PartEncoder {
  let text = "";
  const take = () => {
    const bytes = new TextEncoder().encode(text);
    text = "";
    return bytes;
  };
  return {
    add(rows) {
      text += rows;
      return text.length >= WRITE_CHARS ? take() : undefined;
    },
    end: take,
  };
}

/** Cuts a stream of bytes into strings that end at a line break. */
async function* rows(bytes: AsyncIterable<Uint8Array>): AsyncIterable<RowChunk> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of bytes) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    if (end > 0) yield text.slice(0, end);
  }
  if (rest !== "") yield rest;
}

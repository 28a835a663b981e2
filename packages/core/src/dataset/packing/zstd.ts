import { createZstdDecompress } from "node:zlib";
import { malformedInput } from "../malformed-input.ts";
import { inflate } from "./inflate.ts";
import { beginsWith, type Packing, UNPACKED_BYTES } from "./packing.ts";
import { NotZstdError, zstdFrames } from "./zstd-frames.ts";

/** RFC 8878; any number of frames. */
export const zstd: Packing = {
  name: "zstd",
  endings: [".zst", ".zstd"],
  matches: (head) => beginsWith(head, 0x28, 0xb5, 0x2f, 0xfd),
  async *unpack(packed, { file }) {
    try {
      for await (const frame of zstdFrames(packed)) {
        const decompressor = createZstdDecompress({ chunkSize: UNPACKED_BYTES });
        yield* inflate(frame, { decompressor, explain: (cause) => explain(cause, file) });
      }
    } catch (error) {
      throw error instanceof NotZstdError ? malformedInput(error.message, { file, cause: error }) : error;
    }
  },
};

function explain(cause: unknown, file: string): unknown {
  const { code, message } = cause as { readonly code?: unknown; readonly message: string };
  // Node sets zstd's error code, Deno sets none.
  if (code !== undefined && !String(code).startsWith("Z")) return cause;
  return malformedInput(`its zstd data is corrupt (${message})`, { file, cause });
}

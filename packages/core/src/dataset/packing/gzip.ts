import { createGunzip } from "node:zlib";
import { malformedInput } from "../malformed-input.ts";
import { inflate } from "./inflate.ts";
import { beginsWith, type Packing, UNPACKED_BYTES } from "./packing.ts";

/** RFC 1952, including files with several members. */
export const gzip: Packing = {
  name: "gzip",
  endings: [".gz", ".gzip"],
  matches: (head) => beginsWith(head, 0x1f, 0x8b),
  unpack: (packed, { file }) =>
    inflate(packed, {
      decompressor: createGunzip({ chunkSize: UNPACKED_BYTES }),
      explain: (cause) => {
        const code = (cause as { readonly code?: unknown }).code;
        if (typeof code !== "string" || !code.startsWith("Z_")) return cause;
        const reason = code === "Z_BUF_ERROR" ? "its gzip data is cut off" : "its gzip data is corrupt";
        return malformedInput(`${reason} (${(cause as Error).message})`, { file, cause });
      },
    }),
};

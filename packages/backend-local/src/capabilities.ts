import type { BackendCapabilities } from "@millrace/core";

/** What this backend can do. */
export const LOCAL_CAPABILITIES: BackendCapabilities = Object.freeze({
  schemes: ["file"],
  deadLetterQueue: false,
});

import { Buffer } from "node:buffer";
import type { ObjectStore } from "../../ports/object-store.ts";

const NAME = "manifest.json";
/** `composeOutput` writes these fields first. */
const BEGINNING = /^\{\s*"job_id":\s*"[0-9A-Z]{26}",\s*"api_name":\s*"/;
const BEGINNING_BYTES = 256;

export function isManifestName(uri: string): boolean {
  return uri.endsWith(`/${NAME}`);
}

/**
 * True for the manifest of a job's output, which lies next to the rows that are the actual items. Recognized by its
 * contents.
 */
export async function isJobManifest(objects: ObjectStore, uri: string): Promise<boolean> {
  try {
    const bytes = await objects.read(uri, { start: 0, end: BEGINNING_BYTES });
    return BEGINNING.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
  } catch {
    // If it cannot be read, opening it later reports why.
    return false;
  }
}

import type { ReadingRules } from "../../job.ts";
import type { ObjectStat, ObjectStore } from "../../ports/object-store.ts";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { AfterArrayError, JsonArrayScanner } from "../json-array-scanner.ts";
import type { ArrayElements } from "../json-array-splitter.ts";
import { NotJsonError } from "../json-scanner.ts";
import { headText } from "../text.ts";

/** How much of a file is examined: NDJSON lines that are arrays themselves are rarely longer. */
const LOOK_BYTES = 1024 * 1024;

export interface JsonArrayFileOptions {
  readonly jsonArrays: ReadingRules["jsonArrays"] | undefined;
  /** The file's name, without the extension of its packing, such as `.gz`. */
  readonly name: string;
  /** Its first bytes. */
  readonly head: Uint8Array;
  readonly warn?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const WHOLE = 'with "json_arrays": "whole" the array is one item';

/** What is known about a file that starts with an array. */
interface Look {
  readonly elements: "none" | "objects" | "others";
  /** `unknown` when the array is longer than the examined bytes. */
  readonly isOnlyValue: boolean | "unknown";
}

/**
 * The type of a JSON file's elements if each element is to be an item; undefined if each value of the file is one.
 *
 * An array longer than the examined bytes counts as the file's only value if it starts with an object. If something
 * else turns up in it or after it, the file is rejected then: guessing wrong never changes what an item is.
 *
 * @throws {MillraceError} input_changed
 */
export async function jsonArrayElements(
  objects: ObjectStore,
  { uri, version, sizeBytes }: ObjectStat,
  { jsonArrays, name, head, warn, signal }: JsonArrayFileOptions,
): Promise<ArrayElements | undefined> {
  if (jsonArrays === "whole" || !/^\s*\[/.test(headText(head))) return undefined;
  const options = { end: Math.min(sizeBytes, LOOK_BYTES), version, ...(signal ? { signal } : {}) };
  const bytes = sizeBytes <= head.length ? head : await objects.read(uri, options);
  const look = lookAtArray(bytes, { isWhole: sizeBytes <= LOOK_BYTES });
  if (!look?.isOnlyValue) return undefined;
  if (jsonArrays === "items") return "any";
  if (look.elements !== "others") {
    // Such a line may be one item of many whose other lines are missing.
    if (/\.(?:jsonl|ndjson)$/i.test(name))
      warn?.(`it holds one array of objects, each of which is an item; ${WHOLE}`);
    return "objects";
  }
  warn?.(
    'it holds an array of values other than objects and is read as one item; set "json_arrays" to "items" to make each element an item, or to "whole" to keep one item without this warning',
  );
  return undefined;
}

/** Examines the array that the bytes start with; undefined when they are not JSON: reading them will report where. */
function lookAtArray(bytes: Uint8Array, { isWhole }: { readonly isWhole: boolean }): Look | undefined {
  const scanner = new JsonArrayScanner();
  let elements: Look["elements"] = "none";
  try {
    for (let at = byteOrderMarkBytes(bytes); at >= 0; ) {
      at = scanner.scan(bytes, at);
      if (scanner.startedAt >= 0 && elements !== "others") elements = scanner.isObject ? "objects" : "others";
    }
  } catch (error) {
    if (error instanceof AfterArrayError) return { elements, isOnlyValue: false };
    if (error instanceof NotJsonError) return undefined;
    throw error;
  }
  if (scanner.hasEnded) return { elements, isOnlyValue: true };
  return isWhole ? undefined : { elements, isOnlyValue: "unknown" };
}

/** A body of bytes that `fetch` takes as it is. */
export type RequestBody = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;

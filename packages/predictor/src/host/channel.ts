import fs from "node:fs";
import net from "node:net";
import process from "node:process";

const RETRY_MS = 1;
const READ_BYTES = 64 * 1024;

/** Both directions of the communication with the worker. */
export interface Channel {
  readonly input: AsyncIterable<Buffer>;
  /** Writes the whole frame before it returns, so that it is out before the next predict starts. */
  write(frame: Buffer): void;
}

/** Opens the channel on the given file descriptors. */
export function openChannel(framesFd: number, inputFd: number): Channel {
  return {
    input: readAll(inputFd),
    write: (frame) => writeWhole(framesFd, frame),
  };
}

/** Also ends when the descriptor can no longer be read: the worker is gone either way. */
async function* readAll(fd: number): AsyncGenerator<Buffer> {
  const { Deno } = globalThis as { Deno?: { stdin: { read(into: Uint8Array): Promise<number | null> } } };
  try {
    if (!Deno) {
      yield* new net.Socket({ fd, readable: true, writable: false }) as AsyncIterable<Buffer>;
      return;
    }
    // Deno's process.stdin lets the process exit while it is paused.
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(READ_BYTES);
      const count = await Deno.stdin.read(chunk);
      if (count === null) return;
      yield chunk.subarray(0, count);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}

function writeWhole(fd: number, frame: Buffer): void {
  let offset = 0;
  while (offset < frame.length) {
    try {
      offset += fs.writeSync(fd, frame, offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // The descriptor is blocking; some runtimes make a pipe non-blocking when the predictor touches it.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      else if (code === "EPIPE") process.exit(0);
      else throw error;
    }
  }
}

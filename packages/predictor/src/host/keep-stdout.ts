import { Console } from "node:console";
import process from "node:process";

/**
 * Redirects JavaScript's output to stderr, for runtimes that cannot write to descriptors other than 0 to 2 (Deno),
 * where descriptor 1 carries the frames.
 */
export function keepStdoutForFrames(): void {
  const writeToStderr = process.stderr.write.bind(process.stderr);
  process.stdout.write = writeToStderr;
  const toStderr = new Console({ stdout: process.stderr, stderr: process.stderr });
  for (const name of Object.keys(toStderr) as (keyof Console)[]) {
    if (typeof toStderr[name] === "function") Object.assign(console, { [name]: toStderr[name] });
  }
  const deno = (globalThis as { Deno?: { stdout: object; stderr: { write: unknown; writeSync: unknown } } })
    .Deno;
  if (!deno) return;
  const { stderr } = deno as { stderr: Record<string, (bytes: Uint8Array) => unknown> };
  for (const name of ["write", "writeSync"]) {
    Object.defineProperty(deno.stdout, name, { value: (bytes: Uint8Array) => stderr[name]?.(bytes) });
  }
}

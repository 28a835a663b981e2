import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { type ServerProcess, startServer } from "../server-process.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Starts an SQS emulator on a free port. Not moto's: it scans every message on each call, and concurrent calls may lose
 * one.
 */
export async function startSqs(): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer([process.execPath, MAIN, String(port)], { url, healthPath: "/health" });
}

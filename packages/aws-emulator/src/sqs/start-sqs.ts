import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { type ServerProcess, startServer } from "../server-process.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Starts an SQS on a free port. Not moto's: that looks at every message at each call, and two calls at once may lose one.
 */
export async function startSqs(): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer([process.execPath, MAIN, String(port)], { url, healthPath: "/health" });
}

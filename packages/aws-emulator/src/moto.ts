import { fileURLToPath } from "node:url";
import { pythonWith } from "@millrace/python-tools";
import { freePort } from "./free-port.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const MOTO = "moto[server]==5.2.5";
const SERVER = fileURLToPath(new URL("../python/moto_server.py", import.meta.url));

/** Starts moto on a free port: S3, DynamoDB, CloudWatch Logs, IAM and more at one address. */
export async function startMoto({
  cacheDirectory,
}: {
  readonly cacheDirectory: string;
}): Promise<ServerProcess> {
  const python = await pythonWith(MOTO, { cacheDirectory, name: "moto" });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer([python, SERVER, "-H", "127.0.0.1", "-p", String(port)], {
    url,
    healthPath: "/moto-api/",
  });
}

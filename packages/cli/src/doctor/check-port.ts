import { once } from "node:events";
import { createServer } from "node:net";
import { DEFAULTS } from "@millrace/core";
import { LOCAL } from "../environments/environments-file.ts";
import { runningService } from "../service/start-service.ts";
import type { App } from "../session.ts";
import { type Check, type Finding, failed, ok } from "./finding.ts";
import { portOwner } from "./port-owner.ts";

/** The port that this machine's service has, or would take. */
export const checkPort: Check = async (app) => {
  const { env } = app.context;
  const isElsewhere = (env.MILLRACE_URL?.trim() ?? "") !== "" || (await app.environment()) !== LOCAL;
  if (isElsewhere) return [];
  const running = await runningService(app.home);
  if (running !== undefined)
    return [ok("port", `${new URL(running.url).host} is the service's (process ${running.pid})`)];
  const host = env.MILLRACE_HOST?.trim() || DEFAULTS.host;
  const text = env.MILLRACE_PORT?.trim() || String(DEFAULTS.port);
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    return [failed("port", `MILLRACE_PORT is "${text}"`, "set it to an integer from 0 to 65535")];
  }
  if (port === 0) return [ok("port", "any free one (MILLRACE_PORT is 0)")];
  return [await portFinding(app, { host, port })];
};

async function portFinding(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Finding> {
  const code = await listenError(host, port);
  const place = `${port} on ${host}`;
  if (code === undefined) return ok("port", `${place} is free`);
  const another = `take another one: millrace up --port ${port === 65_535 ? port - 1 : port + 1}`;
  if (code === "EADDRINUSE") {
    const owner = (await portOwner(app, port)) ?? "a process that cannot be told";
    return failed("port", `${place} is taken by ${owner}`, `end it, or ${another}`);
  }
  if (code === "EACCES") return failed("port", `${place} is for privileged processes`, another);
  return failed(
    "port",
    `${place} cannot be listened on: ${code}`,
    "set MILLRACE_HOST to an address of this machine",
  );
}

/** Tries it for a moment. */
async function listenError(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    server.close();
  }
}

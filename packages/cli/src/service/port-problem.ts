import { once } from "node:events";
import { createServer } from "node:net";
import type { App } from "../session.ts";
import { portOwner } from "./port-owner.ts";

/** Why a service cannot listen. */
export interface PortProblem {
  readonly message: string;
  readonly advice: string;
}

/** Undefined if a service could listen there. */
export async function portProblem(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<PortProblem | undefined> {
  const code = await listenError(host, port);
  if (code === undefined) return undefined;
  const place = `${port} on ${host}`;
  const another = `use another one: millrace up --port ${port === 65_535 ? port - 1 : port + 1}`;
  if (code === "EADDRINUSE") {
    const owner = (await portOwner(app, port)) ?? "an unknown process";
    return { message: `${place} is taken by ${owner}`, advice: `end it, or ${another}` };
  }
  if (code === "EACCES") return { message: `${place} is reserved for privileged processes`, advice: another };
  return {
    message: `cannot listen on ${place}: ${code}`,
    advice: "set MILLRACE_HOST to an address of this machine",
  };
}

/** Listens briefly to find out. */
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

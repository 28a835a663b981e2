import { DEFAULTS } from "@millrace/core";
import { LOCAL } from "../environments/environments-file.ts";
import { portProblem } from "../service/port-problem.ts";
import { runningService } from "../service/start-service.ts";
import { type Check, failed, ok } from "./finding.ts";

/** Checks the port that this machine's service uses or would use. */
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
  const problem = await portProblem(app, { host, port });
  return [
    problem ? failed("port", problem.message, problem.advice) : ok("port", `${port} on ${host} is free`),
  ];
};

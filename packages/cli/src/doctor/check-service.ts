import { LOCAL } from "../environments/environments-file.ts";
import { isAlive, readServiceFile } from "../environments/service-file.ts";
import { type Check, warning } from "./finding.ts";
import { probeService } from "./probe-service.ts";

const START = "start it with: millrace up --detach";

/** Checks the service that commands would use. */
export const checkService: Check = async (app) => {
  const isNamed = (app.context.env.MILLRACE_URL?.trim() ?? "") !== "";
  const name = await app.environment();
  const isLocal = name === LOCAL && !isNamed;
  if (isLocal) {
    const service = await readServiceFile(app.home);
    if (service === undefined) return [warning("service", "not running", START)];
    if (!isAlive(service.pid)) {
      return [warning("service", `it was killed: process ${service.pid} is gone`, `${START}; jobs continue`)];
    }
  }
  const update = isLocal
    ? "start it again: millrace down, then millrace up --detach"
    : "use the same version for both";
  return probeService(app, await app.target(), { check: "service", update });
};

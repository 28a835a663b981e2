import {
  type Environments,
  environmentsPath,
  LOCAL,
  readEnvironments,
} from "../environments/environments-file.ts";
import { secretFinding } from "./check-token.ts";
import { type Check, type Finding, failed, ok } from "./finding.ts";
import { probeService } from "./probe-service.ts";

/** Checks the environments file, and that its default environment exists. */
export const checkEnvironments: Check = async (app) => {
  const environments = await readEnvironments(app.context);
  const file = await secretFinding("environments", environmentsPath(app.context));
  return [summary(environments), ...(file === undefined || file.state === "ok" ? [] : [file])];
};

/** Checks each environment by calling its service. */
export const checkEveryEnvironment: Check = async (app) => {
  const { services } = await readEnvironments(app.context);
  const update = "use the same version for both";
  const probes = Object.entries(services).map(([name, service]) =>
    probeService(app, service, { check: `env ${name}`, update }),
  );
  return (await Promise.all(probes)).flat();
};

function summary({ default: chosen, services }: Environments): Finding {
  const names = [LOCAL, ...Object.keys(services)];
  if (names.includes(chosen)) return ok("environments", `${names.join(", ")}; the default is ${chosen}`);
  const text = `the default is "${chosen}", which does not exist`;
  return failed("environments", text, "choose another: millrace env default local");
}

import { runProgram } from "../run-program.ts";
import { type Check, ok, warning } from "./finding.ts";

const MIN_PYTHON = [3, 9] as const;
/** Without python3-venv, Debian has venv but no ensurepip, and creating any venv fails. */
const CODE = `
import importlib.util, json, sys
missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
print(json.dumps({"version": list(sys.version_info[:3]), "path": sys.executable, "missing": missing}))
`;
const ADVICE = "needed by Python predictors: install Python 3.9 or newer with its venv module";

/** Checks the `python3` that runs predictors and creates their environments. */
export const checkPython: Check = async (app) => {
  const end = await runProgram(app, ["python3", "-c", CODE]);
  if (end.kind === "missing") return [warning("python", "there is no python3 on PATH", ADVICE)];
  if (end.kind === "failed") return [warning("python", `python3 does not run: ${end.message}`, ADVICE)];
  const { version, path, missing } = JSON.parse(end.stdout) as {
    readonly version: readonly [number, number, number];
    readonly path: string;
    readonly missing: readonly string[];
  };
  const text = `Python ${version.join(".")} (${path})`;
  const [major, minor] = MIN_PYTHON;
  if (version[0] < major || (version[0] === major && version[1] < minor)) {
    return [warning("python", `${text}, expected ${MIN_PYTHON.join(".")} or newer`, ADVICE)];
  }
  if (missing.length === 0) return [ok("python", text)];
  const advice = "needed for a project's requirements: install it, on Debian with: apt install python3-venv";
  return [warning("python", `${text} without ${missing.join(" and ")}`, advice)];
};

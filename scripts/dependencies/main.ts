import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { allowedProblems, readAllowed } from "./allowed.ts";
import { audit } from "./audit.ts";
import { otherLicenses, undecidedScripts } from "./installed.ts";
import { unverifiedPackages } from "./lockfile.ts";
import { inexactVersions } from "./manifests.ts";

/**
 * Checks Millrace's dependencies: exact versions, lockfiles with hashes, no install scripts except allowed ones,
 * licenses, and known vulnerabilities, if the registry is reachable.
 */
const root = resolve(import.meta.dirname, "..", "..");
/** Only for tests and development: users of Millrace never run these. */
const NOT_SHIPPED = ["aws-emulator", "backend-suite", "system"];

const allowed = await readAllowed();
// A removed package may leave its folder behind, with installed files.
const packages = readdirSync(join(root, "packages")).filter((name) =>
  existsSync(join(root, "packages", name, "package.json")),
);
const manifests = ["", "infra", ...packages.map((name) => join("packages", name))];
const shipped = packages
  .filter((name) => !NOT_SHIPPED.includes(name))
  .map((name) => join(root, "packages", name));
const [audited, ...found] = await Promise.all([
  audit(root, allowed),
  allowedProblems(allowed, Date.now()),
  inexactVersions(
    root,
    manifests.map((folder) => join(root, folder, "package.json")),
  ),
  unverifiedPackages(root, join(root, "pnpm-lock.yaml")),
  unverifiedPackages(root, join(root, "infra", "pnpm-lock.yaml")),
  undecidedScripts(root),
  otherLicenses(shipped, allowed.licenses),
]);
const problems = [...found.flat(), ...(audited.asked ? audited.problems : [])];
for (const problem of problems) console.error(problem);
console.log(
  audited.asked
    ? "known vulnerabilities: the registry was asked"
    : `known vulnerabilities: NOT CHECKED, the registry cannot be asked: ${audited.reason}`,
);
console.log(`dependencies: ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

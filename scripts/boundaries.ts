import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { circlesOf } from "./circles.ts";

/** Which of our packages a package's sources may import; `main.ts` files (wiring) may import any. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  // Bytes to JSON texts: it knows nothing of Millrace.
  parquet: [],
  // For browsers too.
  "exact-json": [],
  // Operating system processes: it knows nothing of Millrace.
  "process-tree": [],
  core: ["exact-json", "parquet"],
  predictor: ["core"],
  // The rules for project archives, shared by the package that receives them and the one that unpacks them.
  archive: ["core"],
  worker: ["archive", "core", "exact-json", "predictor", "process-tree"],
  // It serves the dashboard's bundle but uses none of its page code: what it imports runs on the server.
  control: ["archive", "core", "dashboard", "exact-json"],
  "backend-local": ["core", "exact-json", "process-tree"],
  "backend-aws": ["core", "exact-json"],
  "backend-suite": ["core"],
  // Tests only.
  fuzz: [],
  "python-tools": [],
  // Development and tests only: it creates what the infrastructure creates on AWS.
  "aws-emulator": ["backend-aws", "core", "python-tools"],
  chaos: ["core"],
  // For browsers too: imports only types from core.
  client: ["core", "exact-json"],
  dashboard: ["client", "core", "exact-json"],
  cli: ["chaos", "client", "core", "exact-json", "process-tree"],
  // It wires and permits what the backend specifies.
  infra: ["backend-aws", "core", "process-tree"],
  // Whole-system tests may use everything.
  system: [
    "aws-emulator",
    "backend-aws",
    "backend-local",
    "chaos",
    "cli",
    "client",
    "control",
    "core",
    "process-tree",
    "python-tools",
    "worker",
  ],
};
const MAX_LINES = 300;
const IMPORT =
  /^\s*(?:import|export)\b[^"';]*?from\s+"([^"$]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/**
 * Code that runs in browsers: it uses nothing from Node, and from core only the service's request and response types.
 */
const BROWSER = [join("packages", "client", "src"), join("packages", "dashboard", "src", "app")];

const root = resolve(import.meta.dirname, "..");
const problems: string[] = [];
const graph = new Map<string, string[]>();

// A removed package may leave its folder behind, with installed files.
const packages = (await readdir(join(root, "packages")))
  .map((name) => join("packages", name))
  .filter((folder) => existsSync(join(root, folder, "package.json")));
for (const folder of [...packages, "infra"]) {
  const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
  const declared = new Set(Object.keys(manifest.dependencies ?? {}));
  for (const path of [manifest.exports ?? []].flatMap((entry) =>
    typeof entry === "string" ? entry : Object.values(entry as Record<string, string>),
  )) {
    if (!existsSync(join(root, folder, path)))
      problems.push(`${folder}/package.json: exports "${path}", which does not exist`);
  }
  for (const file of await sources(join(root, folder, "src")))
    await check(file, { name: basename(folder), declared });
}
for (const folder of ["packages", "infra", "scripts", "examples"]) {
  for (const file of await sources(join(root, folder))) await checkFile(file);
}
for (const circle of circlesOf(graph, root)) problems.push(`imports in a circle: ${circle}`);

for (const problem of problems) console.error(problem);
console.log(`boundaries: ${graph.size} files, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .filter((entry) => !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function check(file: string, owner: { name: string; declared: ReadonlySet<string> }): Promise<void> {
  const text = await readFile(file, "utf8");
  const shown = relative(root, file);
  const wiring = basename(file) === "main.ts";
  if (!wiring && owner.name !== "system" && /\bprocess\.env\b/.test(text))
    problems.push(`${shown}: reads process.env, expected only in main.ts`);
  if (/^export \* /m.test(text)) problems.push(`${shown}: export *, expected named exports`);
  const edges: string[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    if (specifier.startsWith(".")) edges.push(resolve(dirname(file), specifier));
    else if (!specifier.startsWith("node:")) checkPackage(specifier, { shown, wiring, ...owner });
    if (
      BROWSER.some((folder) => shown.startsWith(folder)) &&
      /^(node:|@millrace\/core(\/schemas)?$)/.test(specifier)
    )
      problems.push(
        `${shown}: imports ${specifier}, which is not for browsers; of core they may have @millrace/core/rest`,
      );
  }
  graph.set(file, edges);
}

/** What holds for tests and scripts, too. Only the AWS backend and its stack know the SDK: on one machine it is never loaded. */
async function checkFile(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const shown = relative(root, file);
  const lines = text.trimEnd().split("\n").length;
  if (lines > MAX_LINES)
    problems.push(`${shown}: ${lines} lines, expected at most ${MAX_LINES}: split it by concept`);
  if (shown.startsWith(join("packages", "backend-aws")) || shown.startsWith("infra")) return;
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    if (/^@(aws-sdk|smithy)\//.test(specifier))
      problems.push(`${shown}: imports ${specifier}, expected only packages/backend-aws and infra to`);
  }
}

function checkPackage(
  specifier: string,
  from: { shown: string; wiring: boolean; name: string; declared: ReadonlySet<string> },
): void {
  const parts = specifier.split("/");
  const dependency = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (!from.declared.has(dependency))
    problems.push(`${from.shown}: imports ${dependency}, which its package.json does not declare`);
  const ours = /^@millrace\/(.+)$/.exec(dependency)?.[1];
  if (ours === undefined || from.wiring) return;
  if (!ARROWS[from.name]?.includes(ours)) {
    problems.push(
      `${from.shown}: ${from.name} may not import ${ours}, expected ${ARROWS[from.name]?.join(", ") || "none of ours"}`,
    );
  }
}

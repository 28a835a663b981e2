import { chmod, copyFile, cp, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Admits, parseIgnoreFile } from "../dockerfile/ignore-file.ts";
import { type Instruction, parseDockerfile, type Stage } from "../dockerfile/parse-dockerfile.ts";
import { dockerfilePath, type Image, ignoreFilePath } from "../image.ts";
import { run } from "../run-command.ts";
import { repository } from "./fakes.ts";

/** Scripts that change nothing but the working directory, so that they can run on any machine. */
const RUNNABLE = /\/(require-digests|install-workspace)\.sh\b/;

/** What a Dockerfile makes, as far as a plain folder can hold it. */
export interface CarriedOut {
  /** The last stage's files; `/opt/millrace` of the image is `<folder>/opt/millrace`. */
  readonly folder: string;
  readonly instructions: readonly Instruction[];
  /** What needs the base image: left out. */
  readonly leftOut: readonly string[];
}

interface Build {
  readonly target: string;
  readonly admits: Admits;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly folders: Map<string | undefined, string>;
  readonly leftOut: string[];
}

/** Carries out the steps of an image's Dockerfile in a folder, without its base images. */
export async function carryOut(
  image: Image,
  options: { readonly target: string; readonly buildArguments: Readonly<Record<string, string>> },
): Promise<CarriedOut> {
  const { stages } = parseDockerfile(await readFile(join(repository, dockerfilePath(image)), "utf8"));
  const admits = parseIgnoreFile(await readFile(join(repository, ignoreFilePath(image)), "utf8"));
  const build: Build = { ...options, admits, folders: new Map(), leftOut: [] };
  for (const stage of stages) await carryOutStage(stage, build);
  const last = stages.at(-1) as Stage;
  return {
    folder: build.folders.get(last.name) as string,
    instructions: last.instructions,
    leftOut: build.leftOut,
  };
}

async function carryOutStage(stage: Stage, build: Build): Promise<void> {
  const folder = join(build.target, String(build.folders.size));
  build.folders.set(stage.name, folder);
  let workdir = folder;
  await mkdir(folder, { recursive: true });
  for (const step of stage.instructions) {
    if (step.name === "WORKDIR") {
      workdir = join(folder, step.text);
      await mkdir(workdir, { recursive: true });
    }
    if (step.name === "COPY") await copy(step, { folder, workdir }, build);
    if (step.name === "RUN") await runStep(step, workdir, build);
  }
}

interface Place {
  readonly folder: string;
  readonly workdir: string;
}

async function copy(step: Instruction, { folder, workdir }: Place, build: Build): Promise<void> {
  const words = step.text.split(/\s+/);
  const destination = words.pop() as string;
  const target = destination.startsWith("/") ? join(folder, destination) : join(workdir, destination);
  const from = flagValue("from", step.flags);
  for (const source of words) {
    if (from === undefined) {
      await copyFromContext(source, { target, destination, mode: flagValue("chmod", step.flags) }, build);
      continue;
    }
    const there = join(build.folders.get(from) as string, source);
    const made = await stat(there).catch(() => undefined);
    if (made?.isDirectory()) await cp(there, target, { recursive: true, verbatimSymlinks: true });
    else build.leftOut.push(`COPY ${source}`);
  }
}

async function copyFromContext(
  source: string,
  to: { readonly target: string; readonly destination: string; readonly mode: string | undefined },
  { admits }: Build,
): Promise<void> {
  const path = source.replace(/\/$/, "");
  const isFolder = (await stat(join(repository, path))).isDirectory();
  const files = isFolder ? await filesUnder(path) : [path];
  const admitted = files.filter(admits);
  if (admitted.length === 0) throw new Error(`COPY ${source}: the .dockerignore lets nothing through`);
  for (const file of admitted) {
    const name = isFolder ? file.slice(path.length + 1) : basename(file);
    const target = isFolder || to.destination.endsWith("/") ? join(to.target, name) : to.target;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(repository, file), target);
    if (to.mode !== undefined) await chmod(target, Number.parseInt(to.mode, 8));
  }
}

async function filesUnder(path: string): Promise<readonly string[]> {
  const entries = await readdir(join(repository, path), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesUnder(child);
    return entry.isFile() ? [child] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Runs the step as it stands, but for the place of its bound folder. */
async function runStep(step: Instruction, workdir: string, build: Build): Promise<void> {
  if (!RUNNABLE.test(step.text)) {
    build.leftOut.push(`RUN ${step.text}`);
    return;
  }
  const mount = step.flags.find((flag) => flag.startsWith("mount=type=bind")) ?? "";
  const [source = "", target = ""] = ["source", "target"].map((key) => flagValue(key, mount.split(",")));
  const command = step.text.replaceAll(`${target}/`, `${join(repository, source)}/`);
  await run(["sh", "-c", command], {
    cwd: workdir,
    env: { ...machineEnvironment(), ...build.buildArguments },
  });
}

function flagValue(key: string, flags: readonly string[]): string | undefined {
  return flags.find((flag) => flag.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** Of this process's environment what says where programs, caches and registries are. */
export function machineEnvironment(): Record<string, string | undefined> {
  const kept = /^(PATH|HOME|TMPDIR|LANG)$|proxy|registry|cafile|ca_certs|userconfig/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
}

import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { root } from "./platform.ts";
import { tryCommand } from "./run-command.ts";

/** What the figures depend on besides the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeMachine(): Promise<Machine> {
  const python = await tryCommand(["python3", "--version"]);
  const redis = await tryCommand(["redis-server", "--version"]);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    versions: {
      Node: process.version.slice(1),
      ...(python && { Python: python.replace("Python ", "") }),
      ...(redis && { Redis: /v=(\S+)/.exec(redis)?.[1] ?? redis }),
      ...(await pinnedVersions()),
    },
  };
}

/** Load average of the last minute, in processes: what else the machine did before a case began. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

async function pinnedVersions(): Promise<Record<string, string>> {
  const peers = `${root}/scripts/bench/peers`;
  const { dependencies } = JSON.parse(await readFile(`${peers}/node/package.json`, "utf8"));
  const requirements = await readFile(`${peers}/python/requirements.txt`, "utf8");
  const python = [...requirements.matchAll(/^([a-z]+)(?:\[.*\])?==(\S+)$/gm)];
  // Redis here is the server; its Python client comes with Celery.
  return {
    ...dependencies,
    ...Object.fromEntries(
      python.filter(([, name]) => name !== "redis").map(([, name, version]) => [name, version]),
    ),
  };
}

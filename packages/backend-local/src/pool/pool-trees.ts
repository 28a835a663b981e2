import { createHash, randomBytes } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { treeName } from "@millrace/process-tree";

const PREPARATIONS = "prepare";
const JOBS = "job";

/** What a process tree of a home directory was started for. */
export type TreeOwner =
  | { readonly kind: typeof PREPARATIONS }
  | { readonly kind: typeof JOBS; readonly jobId: string; readonly worker: number };

/** Names for the process trees of one home directory, which let the service find and end its processes. */
export interface PoolTrees {
  /** Prefix of all trees of this home. */
  readonly home: string;
  /** A new name, for one preparation. */
  preparation(): string;
  job(jobId: string): string;
  worker(jobId: string, worker: number): string;
  /** A new name, for one run of a worker. */
  life(jobId: string, worker: number): string;
  /** The preparation or worker run that a tree of this home belongs to. */
  rootOf(name: string): { readonly name: string; readonly owner: TreeOwner } | undefined;
}

/**
 * Names begin with what identifies this home on the machine: its path and the directory itself. A copy is another home,
 * and so is a directory with the same path in another container.
 *
 * @param root an existing directory
 */
export function poolTrees(root: string): PoolTrees {
  const { dev, ino } = statSync(root, { bigint: true });
  const identity = createHash("sha256").update(`${realpathSync(root)} ${dev} ${ino}`);
  const home = treeName(undefined, identity.digest("hex").slice(0, 24));
  const job = (jobId: string) => treeName(home, JOBS, jobId);
  const worker = (jobId: string, number: number) => treeName(job(jobId), String(number));
  return {
    home,
    preparation: () => treeName(home, PREPARATIONS, unique()),
    job,
    worker,
    life: (jobId, number) => treeName(worker(jobId, number), unique()),
    rootOf: (name) => {
      if (!name.startsWith(home)) return undefined;
      const [kind, ...names] = name.slice(home.length, -1).split("/");
      if (kind === PREPARATIONS) return { name: treeName(home, kind, ...names.slice(0, 1)), owner: { kind } };
      const [jobId, number] = names;
      if (kind !== JOBS || jobId === undefined || number === undefined) return undefined;
      const owner: TreeOwner = { kind, jobId, worker: Number(number) };
      return { name: treeName(home, kind, ...names.slice(0, 3)), owner };
    },
  };
}

function unique(): string {
  return randomBytes(8).toString("hex");
}

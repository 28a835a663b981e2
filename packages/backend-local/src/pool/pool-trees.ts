import { createHash, randomBytes } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { treeName } from "@millrace/process-tree";

const PREPARATIONS = "prepare";
const JOBS = "job";

/** What a process tree of a home directory was started for. */
export type TreeOwner =
  | { readonly kind: typeof PREPARATIONS }
  | { readonly kind: typeof JOBS; readonly jobId: string; readonly worker: number };

/** Names of the process trees of one home directory, by which the service ends what belongs to it. */
export interface PoolTrees {
  /** Everything of this home. */
  readonly home: string;
  /** A new one, of one preparation. */
  preparation(): string;
  job(jobId: string): string;
  worker(jobId: string, worker: number): string;
  /** A new one, of one life of a worker. */
  life(jobId: string, worker: number): string;
  /** The preparation, or the worker's life, that a tree of this home is part of. */
  rootOf(name: string): { readonly name: string; readonly owner: TreeOwner } | undefined;
}

/**
 * The names begin with what tells this home from all others of the machine: its path and the directory itself, since a
 * copy is another home, and so is a directory of the same path in another container.
 *
 * @param root a directory that is there
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

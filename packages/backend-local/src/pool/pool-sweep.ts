import { existsSync } from "node:fs";
import { DEFAULTS, type Logger } from "@millrace/core";
import { endTree, membersOf } from "@millrace/process-tree";
import type { StateFiles } from "../state/state-files.ts";
import type { PoolTrees } from "./pool-trees.ts";

/** What is known about workers that an earlier run of the service started. */
export interface KnownWorkers {
  /** Process numbers of adopted workers. */
  readonly pids: ReadonlySet<number>;
  /** Jobs whose workers could be read. */
  readonly jobIds: ReadonlySet<string>;
}

/**
 * Ends processes of this home that earlier runs of the service left behind: preparations, what dead workers left
 * running, and all processes of jobs that are no longer managed. Does not touch anything started from now on.
 */
export async function endLeftovers(
  files: StateFiles,
  trees: PoolTrees,
  { known, logger }: { readonly known: KnownWorkers; readonly logger: Logger },
): Promise<void> {
  const members = membersOf({ names: [trees.home] });
  const roots = members.flatMap(({ pid, tree }) => {
    const root = tree === undefined ? undefined : trees.rootOf(tree);
    return root ? [{ pid, ...root }] : [];
  });
  const atWork = new Set(roots.filter(({ pid }) => known.pids.has(pid)).map(({ name }) => name));
  const preparations = new Set<string>();
  const workers = new Set<string>();
  for (const { name, owner } of roots) {
    if (owner.kind === "prepare") preparations.add(name);
    else if (known.jobIds.has(owner.jobId) ? !atWork.has(name) : isForgotten(files, owner.jobId))
      workers.add(name);
  }
  const left = [...preparations, ...workers];
  if (left.length === 0) return;
  logger.warn("ending what an earlier run of the service left running", { trees: left });
  const ended = await Promise.all([
    endTree({ names: [...workers] }),
    endTree({ names: [...preparations] }, { graceMs: DEFAULTS.installGraceSeconds * 1_000 }),
  ]);
  const pids = ended.flat().map(({ pid }) => pid);
  if (pids.length > 0) logger.error("processes still run after SIGKILL", { pids });
}

/** Process trees of a job's worker runs that have live processes now. Workers started later get other names. */
export function livesOf(trees: PoolTrees, jobId: string): readonly string[] {
  const names = membersOf({ names: [trees.job(jobId)] }).flatMap(({ tree }) => tree ?? []);
  return [...new Set(names.flatMap((name) => trees.rootOf(name)?.name ?? []))];
}

/** True if the job is no longer managed: it is over and cleaned up, or it is gone. */
function isForgotten(files: StateFiles, jobId: string): boolean {
  const row = files
    .index()
    .get<{ over: number; settled: number }>("SELECT over, settled FROM jobs WHERE job_id = ?", jobId);
  // A folder that the index does not know belongs to a newer Millrace, which may be run again.
  return row ? row.over === 1 && row.settled === 1 : !existsSync(files.home.jobDirectory(jobId));
}

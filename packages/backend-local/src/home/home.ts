import { join } from "node:path";

/** Where everything is under the home directory. Pure: creates nothing. */
export interface Home {
  readonly root: string;
  /** APIs, versions, the job index, idempotency keys. */
  readonly indexFile: string;
  readonly jobsDirectory: string;
  readonly apisDirectory: string;
  /** Half-written files; on the same file system as the rest, so that they can be renamed into place. */
  readonly temporaryDirectory: string;
  readonly cacheDirectory: string;
  /** What a start found among the jobs and could not take for one: nothing of it is ever deleted. */
  readonly quarantineDirectory: string;
  readonly tokenFile: string;
  readonly serviceFile: string;
  /** Held locked by the running service. */
  readonly lockFile: string;
  /** Who holds {@link lockFile}. */
  readonly lockOwnerFile: string;
  jobDirectory(jobId: string): string;
  /** There while the job is being deleted. */
  deletionFile(jobId: string): string;
  jobFile(jobId: string): string;
  objectsDirectory(jobId: string): string;
  logsDirectory(jobId: string): string;
  apiDirectory(name: string, version: string): string;
}

/** Paths of the home directory `root`, an absolute path. */
export function homePaths(root: string): Home {
  const jobs = join(root, "jobs");
  const apis = join(root, "apis");
  return {
    root,
    indexFile: join(root, "index.db"),
    jobsDirectory: jobs,
    apisDirectory: apis,
    temporaryDirectory: join(root, "tmp"),
    cacheDirectory: join(root, "cache"),
    quarantineDirectory: join(root, "quarantine"),
    tokenFile: join(root, "token"),
    serviceFile: join(root, "service.json"),
    lockFile: join(root, "service.lock"),
    lockOwnerFile: join(root, "service.lock.json"),
    jobDirectory: (jobId) => join(jobs, jobId),
    deletionFile: (jobId) => join(jobs, jobId, "deleted"),
    jobFile: (jobId) => join(jobs, jobId, "job.db"),
    objectsDirectory: (jobId) => join(jobs, jobId, "objects"),
    logsDirectory: (jobId) => join(jobs, jobId, "logs"),
    apiDirectory: (name, version) => join(apis, name, version),
  };
}

/** True for names that may be used as a directory of their own: no separators, no dots in front. */
export function isSafeName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name);
}

import { join } from "node:path";

/** Paths of everything under the home directory. Pure: creates nothing. */
export interface Home {
  readonly root: string;
  /** APIs, versions, the job index, idempotency keys. */
  readonly indexFile: string;
  readonly jobsDirectory: string;
  readonly apisDirectory: string;
  /** Partially written files; on the same file system as the rest, so that they can be renamed into place. */
  readonly temporaryDirectory: string;
  readonly cacheDirectory: string;
  /** Entries in the jobs folder that startup could not read as jobs. Nothing here is ever deleted. */
  readonly quarantineDirectory: string;
  readonly tokenFile: string;
  readonly serviceFile: string;
  /** Kept locked by the running service. */
  readonly lockFile: string;
  /** Records which process holds {@link lockFile}. */
  readonly lockOwnerFile: string;
  jobDirectory(jobId: string): string;
  /** Exists while the job is being deleted. */
  deletionFile(jobId: string): string;
  jobFile(jobId: string): string;
  objectsDirectory(jobId: string): string;
  logsDirectory(jobId: string): string;
  apiDirectory(name: string, version: string): string;
}

/** The paths for home directory `root`, which must be absolute. */
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

/** True if a name can safely be used as a directory name: no separators, no leading dot. */
export function isSafeName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name);
}

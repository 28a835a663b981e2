/** Every default and limit of the platform in one place; the docs refer to it. */
export const DEFAULTS = Object.freeze({
  // jobs, where neither the submission nor the API's job_defaults set a value
  maxAttempts: 3,
  onFailure: "isolate",
  batchTimeoutSeconds: 600,
  prefetchBatches: 2,
  outputNan: "error",
  preprocessWorkers: 2,
  preprocessMode: "thread",
  // leases: short and constant, so that a lost worker's batches come back soon
  leaseSeconds: 30,
  heartbeatSeconds: 10,
  completionLeaseSeconds: 30,
  // retries of a batch: base * 2^(attempt-1), at most max
  retryBaseMs: 250,
  retryMaxMs: 30_000,
  // how long a worker retries on a full disk or a busy database
  patienceSeconds: 600,
  // worker deaths without a commit in between before the job is ended
  maxWorkerRestarts: 5,
  // predictor processes that die in the constructor before the job is ended
  maxPredictorStarts: 3,
  constructorTimeoutSeconds: 3_600,
  hookTimeoutSeconds: 3_600,
  // time for a predictor whose job is done to run exit handlers and finish threads and open files, before it is killed
  predictorExitGraceSeconds: 30,
  // the same for a predictor that ends in the middle of its job, alone or with its worker
  predictorQuitGraceSeconds: 5,
  // a stopping worker: time to finish or release before it is killed
  stopGraceSeconds: 30,
  // between SIGTERM and SIGKILL when an installation is cancelled
  installGraceSeconds: 5,
  // the service
  host: "127.0.0.1",
  port: 8080,
  requestLimitBytes: 10 * 1024 * 1024,
  archiveLimitBytes: 512 * 1024 * 1024,
  archiveLimitFiles: 100_000,
  // results: an output part is closed when it passes this size
  outputPartBytes: 256 * 1024 * 1024,
});

export { type AdviseFacts, advise } from "./advise.ts";
export type { ApiSpec, ApiVersion, NanRule, OnFailure, OutputRules, PredictorType } from "./api.ts";
export { apiIsGone } from "./api-is-gone.ts";
export { forEachAtOnce } from "./at-once.ts";
export type { Backend, BackendCapabilities, WorkerBackend, WorkerPace } from "./backend.ts";
export { type BatchDescriptor, batchId, type ItemRange, type Segment } from "./batch.ts";
export { decodeBatch, encodeBatch } from "./batch-text.ts";
export { beganNothing } from "./began-nothing.ts";
export { BatchReader, type BatchReaderOptions, type LoadedBatch } from "./dataset/batch-reader.ts";
export { foreignFile } from "./dataset/detection/signatures.ts";
export { itemId } from "./dataset/item-id.ts";
export { JsonScanner, NotJsonError } from "./dataset/json-scanner.ts";
export { type ListDatasetOptions, listObjects, listUris } from "./dataset/listing/list-objects.ts";
export {
  noteUnreadable,
  nothingSkipped,
  type SkippedFiles,
  skippedText,
  type UnreadableFile,
  unreadableEntry,
} from "./dataset/listing/skipped-files.ts";
export {
  type BatchGroup,
  type PlanBatchesOptions,
  type PlanCheckpoint,
  planBatches,
} from "./dataset/plan-batches.ts";
export { type OpenSourceOptions, openSource } from "./dataset/source.ts";
export { splitBatch } from "./dataset/split-batch.ts";
export { DEFAULTS } from "./defaults.ts";
export { type Environment, readVariable } from "./environment.ts";
export { ERROR_CODES, type ErrorCode, type ErrorDetails, isMillraceError, MillraceError } from "./errors.ts";
export { decodeRanges, encodeRanges, failedRanges } from "./failed-ranges.ts";
export { INSTALLATION } from "./installation.ts";
export { ItemSeriesCounter, sumSeries } from "./item-series.ts";
export type {
  CsvRules,
  Dataset,
  Job,
  JobOutput,
  JobSpec,
  PathFilter,
  Progress,
  ReadingRules,
} from "./job.ts";
export { isComplete } from "./job.ts";
export {
  canTransition,
  isTerminal,
  JOB_STATUSES,
  type JobStatus,
  type StatusReason,
  transition,
} from "./job-status.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { beforeLast } from "./logs/before-last.ts";
export { badPosition, logPositionId, parseLogPositions } from "./logs/log-positions.ts";
export { type LogRecord, loggerLine, logRecord } from "./logs/log-record.ts";
export { type LogSource, mergeLogs } from "./logs/merge-logs.ts";
export { composeOutput, endWithOutput } from "./output/compose-output.ts";
export { orderedRows, writtenRows } from "./output/ordered-rows.ts";
export { type WrittenRows, writeParts } from "./output/write-parts.ts";
export type { BatchQueue, Lease, LeaseOptions, QueueEntry, ReleaseOptions } from "./ports/batch-queue.ts";
export type { DeadLetter, DeadLetters } from "./ports/dead-letters.ts";
export type { Ledger } from "./ports/ledger.ts";
export type { ApiLedger } from "./ports/ledger-apis.ts";
export type {
  Attempt,
  BatchCommit,
  BatchLedger,
  CommitOutcome,
  ResultBlock,
  Source,
} from "./ports/ledger-batches.ts";
export type { CreateJobOptions, Idempotency, JobLedger, JobQuery } from "./ports/ledger-jobs.ts";
export type { WorkerLedger, WorkerRecord } from "./ports/ledger-workers.ts";
export type {
  LogFollowQuery,
  LogLine,
  LogPositions,
  LogQuery,
  LogStore,
  StoredLogLine,
} from "./ports/log-store.ts";
export type {
  ListOptions,
  ObjectStat,
  ObjectStore,
  ObjectWriter,
  ReadOptions,
  UnreadableEntry,
} from "./ports/object-store.ts";
export type { PoolWorker, WorkerPool } from "./ports/worker-pool.ts";
export { canonicalJson, type ProjectFile, projectVersion } from "./project-version.ts";
export { estimateRemaining, type Remaining } from "./remaining.ts";
export type {
  ApiListResponse,
  ApiResponse,
  ApiView,
  CallLimitsView,
  DeployEvent,
  DeployResponse,
  FailureGroup,
  FailureGroupsResponse,
  FailureView,
  ItemCounts,
  JobEvent,
  JobListResponse,
  JobMetrics,
  JobStatusResponse,
  JobStatusView,
  JobSummary,
  JobsEvent,
  JobView,
  LogLineView,
  LogPositionsView,
  MessageResponse,
  Problem,
  RemainingView,
  ServiceFile,
  SignInLinkView,
  ThroughputView,
  TimeView,
  WebhookDeliveryView,
  WorkersEvent,
  WorkerView,
} from "./rest.ts";
export { errorRow, type ItemError, isErrorRow, outputRow, rowIndex } from "./result-row.ts";
export { retryDelayMs } from "./retry-delay.ts";
export { decodeSegments, encodeSegments } from "./segments.ts";
export { FORMAT_NAMES } from "./submission/format-names.ts";
export { sumReports } from "./sum-reports.ts";
export { mayPass, passingError, systemCode } from "./system-errors.ts";
export { timeoutAtMs, timeoutReason } from "./timeout-reason.ts";
export { Turns } from "./turns.ts";
export { type WaitOutOptions, waitOut } from "./wait-out.ts";
export type { Webhook, WebhookDelivery } from "./webhook.ts";
export {
  type CallLimits,
  EMPTY_REPORT,
  type ItemSeries,
  PHASES,
  type Phase,
  type PhaseTimes,
  STEP_BUCKETS_MS,
  STEPS,
  type Step,
  type StepTimes,
  type WorkerReport,
} from "./worker-report.ts";
export { WORKER_EXIT, WORKER_STATUSES, type WorkerStatus } from "./worker-status.ts";
export { textChunks, writeObject } from "./write-object.ts";

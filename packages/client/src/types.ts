import type { components } from "./generated/schema.ts";

type Schemas = components["schemas"];

/** The service's own account of an error. */
export type Problem = Schemas["Problem"];
/** The body of a submission: exactly one dataset. */
export type Submission = Schemas["Submission"];
/** Listing rules of a dataset of files. */
export type FileSelection = Schemas["FilePathLister"];
export type DeployEvent = Schemas["DeployEvent"];
export type FailureView = Schemas["Failure"];
export type JobEvent = Schemas["JobEvent"];
export type JobStatus = Schemas["JobStatus"];
export type LogLineView = Schemas["LogLine"];
export type LogPositionsView = Schemas["LogPositions"];

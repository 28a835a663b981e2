import { type Job, type LogLine, type LogLineView, logRecord } from "@millrace/core";

export function logLineView(line: LogLine, { spec }: Job): LogLineView {
  return { ...logRecord(line), api: spec.apiName, job_id: spec.jobId };
}

import { FailuresSection } from "../parts/failures-section.tsx";
import { JobAnswers } from "../parts/job-answers.tsx";
import { JobDetails } from "../parts/job-details.tsx";
import { JobHead } from "../parts/job-head.tsx";
import { LogSection } from "../parts/log-section.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ResultsSection } from "../parts/results-section.tsx";
import { ThroughputSection } from "../parts/throughput-section.tsx";
import { TimeSection } from "../parts/time-section.tsx";
import { WorkersSection } from "../parts/workers-section.tsx";
import type { JobState } from "../state/job-state.ts";
import { JobStore, type JobView } from "../state/job-store.ts";
import { useFailureGroups } from "../state/use-failure-groups.ts";
import { useLive } from "../state/use-live.ts";
import { useTitle } from "../state/use-title.ts";
import { count } from "../text/numbers.ts";
import { jobTitle } from "../text/summary.ts";

/** One job: first whether it is done, what failed, how long it will take and what is slow; then everything else. */
export function JobPage({ endpoint, jobId }: { readonly endpoint: string; readonly jobId: string }) {
  const [store, view] = useLive<JobView, JobStore>(
    `${endpoint}/${jobId}`,
    () => new JobStore({ endpoint, jobId }),
  );
  const state = view && "job" in view ? view.job : undefined;
  return (
    <div class="page">
      {/* Stays the same element from the start: its heading has the keyboard focus. */}
      <JobHead address={store.address} status={state?.status} onChanged={() => store.refresh()} />
      {view && "error" in view && <ProblemNote error={view.error} retry={() => void store.start()} />}
      {state && <Job state={state} store={store} />}
    </div>
  );
}

function Job({ state, store }: { readonly state: JobState; readonly store: JobStore }) {
  const { job_status: job, metrics } = state.status;
  const { items } = metrics;
  const { address } = store;
  const failures = useFailureGroups(address, items.failed, job.status);
  useTitle(jobTitle(job.api_name, job.status, items));
  return (
    <>
      <JobAnswers job={job} items={items} failures={failures.value} />
      <PageNav failed={items.failed} workers={state.workers.length} />
      <div class="pair">
        <ThroughputSection job={job} />
        <TimeSection job={job} />
      </div>
      {items.failed > 0 && <FailuresSection address={address} failed={items.failed} groups={failures} />}
      <WorkersSection rows={state.workers} counts={job.worker_counts} />
      <LogSection address={address} workers={job.workers} />
      <ResultsSection address={address} status={job.status} hasSome={items.succeeded > 0} />
      <JobDetails status={state.status} />
    </>
  );
}

function PageNav({ failed, workers }: { readonly failed: number; readonly workers: number }) {
  return (
    <nav class="page-nav" aria-label="On this page">
      <a href="#throughput">Overview</a>
      {failed > 0 && (
        <a href="#failures">
          Failures <span class="pill pill-bad">{count(failed)}</span>
        </a>
      )}
      <a href="#workers">
        Workers <span class="pill">{count(workers)}</span>
      </a>
      <a href="#log">Log</a>
      <a href="#results">Results</a>
      <a href="#details">Details</a>
    </nav>
  );
}

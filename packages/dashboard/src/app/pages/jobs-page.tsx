import { useRef } from "preact/hooks";
import { service } from "../api.ts";
import { addressOf, isNarrowed, type JobFilters } from "../job-filters.ts";
import { Command } from "../parts/command.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { JobFilterBar } from "../parts/job-filter-bar.tsx";
import { JobTable } from "../parts/job-table.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { JobListStore, type JobListView } from "../state/job-list-store.ts";
import { useLive } from "../state/use-live.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { useTitle } from "../state/use-title.ts";
import { counted } from "../text/numbers.ts";

/** All jobs, newest first, live. */
export function JobsPage({ filters }: { readonly filters: JobFilters }) {
  useTitle("Jobs · Millrace");
  const [store, view] = useLive<JobListView, JobListStore>(
    addressOf(filters),
    () => new JobListStore(filters),
  );
  const apis = useLoaded("apis", (signal) => service.apis({ signal }));
  const { list, isLoading } = useLastShown(view);
  const names = apis.value?.apis.map(({ name }) => name) ?? [];
  const shown = counted(list.jobs.length, "job");
  return (
    <div class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>Jobs</h1>
        <p class="quiet" role="status">
          {view.isLoading ? "Loading…" : list.cursor === null ? shown : `newest ${shown}`}
        </p>
      </div>
      <JobFilterBar filters={filters} apis={names} />
      {view.error !== undefined && <ProblemNote error={view.error} retry={() => void store.reload()} />}
      {list.jobs.length > 0 && <JobTable jobs={list.jobs} caption="Jobs, newest first" isBusy={isLoading} />}
      {list.jobs.length === 0 && !view.isLoading && view.error === undefined && (
        <NoJobs isNarrowed={isNarrowed(filters)} api={apis.value?.apis[0]} />
      )}
      {list.cursor !== null && (
        <button type="button" class="button older" disabled={isLoading} onClick={() => void store.older()}>
          {isLoading ? "Loading…" : "Older jobs"}
        </button>
      )}
    </div>
  );
}

/** Keeps showing the previous list while the first page for new filters loads, as an empty list would flash. */
function useLastShown(view: JobListView): JobListView {
  const last = useRef(view);
  if (!view.isLoading || view.list.jobs.length > 0) last.current = view;
  return { ...last.current, isLoading: view.isLoading };
}

function NoJobs(props: {
  readonly isNarrowed: boolean;
  readonly api: { readonly name: string; readonly endpoint: string } | undefined;
}) {
  if (props.isNarrowed) return <EmptyState title="No job matches these filters" />;
  if (props.api === undefined) {
    return (
      <EmptyState title="Nothing is deployed yet">
        <p>Write a project and deploy it; its API then takes jobs.</p>
        <Command label="Commands to deploy">
          {"millrace init hello\nmillrace deploy hello/millrace.yaml"}
        </Command>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No jobs yet">
      <p>Submit one; it appears here by itself.</p>
      <Command label="Command to submit a job">{`millrace submit ${props.api.name} --items '["Ada", "Grace"]'`}</Command>
    </EmptyState>
  );
}

import type { ApiResponse } from "@millrace/core/rest";
import { service } from "../api.ts";
import { addressOf, NO_FILTERS } from "../job-filters.ts";
import { Command } from "../parts/command.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { Facts } from "../parts/facts.tsx";
import { JobTable } from "../parts/job-table.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { CodeBlock } from "../parts/scroll-region.tsx";
import { TimeAgo } from "../parts/time-ago.tsx";
import { useLoaded } from "../state/use-loaded.ts";
import { useTitle } from "../state/use-title.ts";
import { count } from "../text/numbers.ts";
import { prettyJson } from "../text/pretty-json.ts";

export function ApiPage({ name }: { readonly name: string }) {
  useTitle(`${name} · Millrace`);
  const { value, error } = useLoaded(name, (signal) => service.api(name, { signal }));
  return (
    <div class="page">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/dashboard/apis">APIs</a>
      </nav>
      <div class="page-head">
        <h1 tabIndex={-1}>{name}</h1>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      {value !== undefined && <Api api={value} />}
    </div>
  );
}

function Api({ api }: { readonly api: ApiResponse }) {
  return (
    <>
      <Facts
        facts={[
          ["Endpoint", <code key="endpoint">{api.endpoint}</code>],
          ["Predictor", api.predictor_type === "python" ? "Python" : "TypeScript"],
          ["Version", <code key="version">{api.api_id}</code>],
          ["Deployed", <TimeAgo key="deployed" time={api.created_time} />],
          ["Active jobs", count(api.active_jobs)],
        ]}
      />
      <section class="card" aria-labelledby="recent">
        <div class="card-head">
          <h2 id="recent">Recent jobs</h2>
          <a href={addressOf({ ...NO_FILTERS, api: api.name })}>All jobs of {api.name}</a>
        </div>
        {api.recent_jobs.length === 0 ? (
          <EmptyState title="No jobs yet" />
        ) : (
          <JobTable jobs={api.recent_jobs} caption={`Recent jobs of ${api.name}`} />
        )}
      </section>
      <section class="card" aria-labelledby="submit">
        <h2 id="submit">Submit a job</h2>
        <p>With the command line, or over HTTP with the token from the service's file “token”:</p>
        <Command label="Command to submit a job">{`millrace submit ${api.name} --items '["a", "b"]' --watch`}</Command>
        <Command label="Request to submit a job">{curlOf(api.endpoint)}</Command>
      </section>
      <section class="card" aria-labelledby="configuration">
        <h2 id="configuration">Configuration</h2>
        <CodeBlock label="Configuration as JSON">{prettyJson(api.api_spec, 20_000).text}</CodeBlock>
      </section>
    </>
  );
}

function curlOf(endpoint: string): string {
  return [
    `curl ${endpoint} \\`,
    '  -H "Authorization: Bearer $MILLRACE_TOKEN" -H "Content-Type: application/json" \\',
    `  -d '{"workers": 1, "item_list": {"items": ["a", "b"], "batch_size": 1}}'`,
  ].join("\n");
}

import { service } from "../api.ts";
import { Command } from "../parts/command.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { TimeAgo } from "../parts/time-ago.tsx";
import { apiAddress } from "../state/route.ts";
import { useLoaded } from "../state/use-loaded.ts";
import { useTitle } from "../state/use-title.ts";
import { count } from "../text/numbers.ts";

export function ApisPage() {
  useTitle("APIs · Millrace");
  const { value, error } = useLoaded("apis", (signal) => service.apis({ signal }));
  return (
    <div class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>APIs</h1>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      {value?.apis.length === 0 && (
        <EmptyState title="Nothing is deployed yet">
          <Command label="Commands to deploy">
            {"millrace init hello\nmillrace deploy hello/millrace.yaml"}
          </Command>
        </EmptyState>
      )}
      {value !== undefined && value.apis.length > 0 && (
        <table class="table table-cards">
          <caption class="visually-hidden">Deployed APIs</caption>
          <thead>
            <tr>
              <th scope="col">API</th>
              <th scope="col">Predictor</th>
              <th scope="col">Version</th>
              <th scope="col" class="number">
                Active jobs
              </th>
              <th scope="col" class="number">
                Deployed
              </th>
            </tr>
          </thead>
          <tbody>
            {value.apis.map((api) => (
              <tr key={api.name}>
                <td class="card-title">
                  <a class="strong" href={apiAddress(api.name)}>
                    {api.name}
                  </a>
                  <span class="quiet mono block">{new URL(api.endpoint).pathname}</span>
                </td>
                <td data-label="Predictor">{api.predictor_type === "python" ? "Python" : "TypeScript"}</td>
                <td data-label="Version" class="mono">
                  {api.api_id}
                </td>
                <td data-label="Active jobs" class="number">
                  {api.active_jobs === 0 ? <span class="quiet">0</span> : <b>{count(api.active_jobs)}</b>}
                </td>
                <td data-label="Deployed" class="number">
                  <TimeAgo time={api.created_time} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

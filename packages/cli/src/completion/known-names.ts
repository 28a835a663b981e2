import { LOCAL, readEnvironments } from "../environments/environments-file.ts";
import type { App } from "../session.ts";

/** A user is waiting at the prompt. */
const LIMIT_MS = 800;
const MAX_JOBS = 50;

/** A possible next word. */
export interface Candidate {
  readonly value: string;
  /** One line; omitted in shells that cannot show it. */
  readonly description?: string | undefined;
}

/** Names of the service's APIs. @throws when the service does not answer in time */
export async function apiNames(app: App): Promise<readonly Candidate[]> {
  const client = await app.connect();
  const { apis } = await client.apis({ signal: limited(app) });
  return apis.map(({ name, predictor_type }) => ({ value: name, description: predictor_type }));
}

/** Ids of an API's latest jobs, newest first. @throws when the service does not answer in time */
export async function jobIds(app: App, api: string | undefined): Promise<readonly Candidate[]> {
  const client = await app.connect();
  const { jobs } = await client.jobs({ api, limit: MAX_JOBS }, { signal: limited(app) });
  return jobs.map(({ job_id, status }) => ({ value: job_id, description: status }));
}

/** The environments that commands can use. */
export async function environmentNames(app: App): Promise<readonly Candidate[]> {
  const { services } = await readEnvironments(app.context);
  const others = Object.entries(services).map(([name, { url }]) => ({ value: name, description: url }));
  return [{ value: LOCAL, description: "this machine" }, ...others];
}

function limited({ context }: App): AbortSignal {
  return AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
}

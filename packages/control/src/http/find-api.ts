import { type ApiVersion, type Backend, MillraceError } from "@millrace/core";

/** The current version of an API. @throws {MillraceError} api_not_found */
export async function apiByName(backend: Backend, name: string): Promise<ApiVersion> {
  const api = await backend.ledger.apis.get(name);
  if (api) return api;
  throw new MillraceError(
    "api_not_found",
    `Cannot find API "${name}": it is not deployed; GET /apis lists those that are`,
    { details: { name } },
  );
}

/** The API that has this `endpoint`. @throws {MillraceError} api_not_found */
export async function apiAt(backend: Backend, endpoint: string): Promise<ApiVersion> {
  const api = await backend.ledger.apis.byEndpoint(endpoint);
  if (api) return api;
  throw noApiAt(endpoint);
}

export function noApiAt(endpoint: string): MillraceError {
  return new MillraceError(
    "api_not_found",
    `Cannot find an API at the endpoint "${endpoint}": none is deployed there; GET /apis lists them`,
    { details: { endpoint } },
  );
}

import type { RouteContext } from "./types.ts";

/** One parameter of the route's path. */
export function param(ctx: RouteContext, name: string): string {
  const value = ctx.params[name];
  if (value === undefined) throw new TypeError(`The route has no parameter "${name}"`);
  return value;
}

/** Full URL of an API's endpoint. */
export function endpointUrl(ctx: RouteContext, endpoint: string): string {
  return `${ctx.state.serviceUrl}/${endpoint}`;
}

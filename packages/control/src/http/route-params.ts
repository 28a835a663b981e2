import type { RouteContext } from "./types.ts";

/** One parameter of the route's path. */
export function param(ctx: RouteContext, name: string): string {
  const value = ctx.params[name];
  if (value === undefined) throw new TypeError(`The route has no parameter "${name}"`);
  return value;
}

/** The service's URL, by the name under which the client reached it. (Koa's `ctx.origin` is the Origin header.) */
export function serviceUrl(ctx: RouteContext): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** Full URL of an API's endpoint. */
export function endpointUrl(ctx: RouteContext, endpoint: string): string {
  return `${serviceUrl(ctx)}/${endpoint}`;
}

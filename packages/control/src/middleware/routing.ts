import { Router } from "@koa/router";
import { MillraceError } from "@millrace/core";
import { isReservedEndpoint } from "@millrace/core/schemas";
import type { Middleware, RequestContext, RequestState, RouteContext } from "../http/types.ts";
import { endpointRoutes, fixedRoutes, type Route } from "../routes/table.ts";
import type { Services } from "../services.ts";

/** What the request keeps once its route is found. */
export interface RoutedState extends RequestState {
  /** The route's pattern, such as `/:endpoint/:id`. */
  route?: string;
}

/** Answers by the route tables: reserved names by the fixed routes alone, all others by the endpoints' routes. */
export function routing(services: Services): Middleware {
  const fixed = createRouter(fixedRoutes(services));
  const endpoints = createRouter(endpointRoutes(services));
  return async function routingMiddleware(ctx, next) {
    const first = ctx.path.split("/")[1] ?? "";
    const router = first === "" || isReservedEndpoint(first) ? fixed : endpoints;
    await router.routes(ctx, async () => {
      refuseMethod(ctx, router.allowed(ctx.path));
      await next();
      throw new MillraceError(
        "not_found",
        `Cannot find "${ctx.path}": there is no such route; see /openapi.json`,
      );
    });
  };
}

interface RouteMatcher {
  readonly routes: (ctx: RequestContext, next: () => Promise<void>) => Promise<unknown>;
  /** Methods that some route takes at `path`. */
  readonly allowed: (path: string) => readonly string[];
}

function createRouter(table: readonly Route[]): RouteMatcher {
  const router = new Router({ strict: false });
  for (const { method, path, handler } of table) {
    router[method](path, (ctx) => {
      (ctx.state as RoutedState).route = path;
      return handler(ctx as unknown as RouteContext);
    });
  }
  const routes = router.routes() as unknown as RouteMatcher["routes"];
  return {
    routes,
    allowed: (path) => [...new Set(router.match(path, "").path.flatMap((layer) => layer.methods))],
  };
}

function refuseMethod(ctx: RequestContext, allow: readonly string[]): void {
  if (allow.length === 0) return;
  throw new MillraceError(
    "method_not_allowed",
    `Cannot ${ctx.method} "${ctx.path}": expected ${allow.join(", ")}`,
    { details: { allow } },
  );
}

import { Router } from "@koa/router";
import { MillraceError } from "@millrace/core";
import { firstSegment, isOfEndpoint, routerPath, takesRest } from "../http/route-path.ts";
import type { Middleware, RequestContext, RequestState, RouteContext } from "../http/types.ts";
import type { Route } from "../routes/route.ts";
import { RESERVED_SEGMENTS, ROUTES } from "../routes/table.ts";
import type { Services } from "../services.ts";

/** State that a request has once its route is found. */
export interface RoutedState extends RequestState {
  /** The route's pattern, such as `/:endpoint/:id`. */
  route?: string;
}

/**
 * Dispatches requests by the route table: reserved names only to the service's own routes, all others to the
 * endpoints'.
 */
export function routing(services: Services): Middleware {
  const own = createRouter(
    ROUTES.filter(({ path }) => !isOfEndpoint(path)),
    services,
  );
  const ofEndpoints = createRouter(
    ROUTES.filter(({ path }) => isOfEndpoint(path)),
    services,
  );
  return async function routingMiddleware(ctx, next) {
    const router = RESERVED_SEGMENTS.has(firstSegment(ctx.path)) ? own : ofEndpoints;
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
  /** Methods that routes accept at `path`. */
  readonly allowed: (path: string) => readonly string[];
}

function createRouter(table: readonly Route[], services: Services): RouteMatcher {
  const router = new Router({ strict: false });
  const inOrder = table.toSorted((a, b) => Number(takesRest(a.path)) - Number(takesRest(b.path)));
  for (const { method, path, handler } of inOrder) {
    const pattern = routerPath(path);
    const answer = handler(services);
    router[method](pattern, (ctx) => {
      (ctx.state as RoutedState).route = pattern;
      return answer(ctx as unknown as RouteContext);
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

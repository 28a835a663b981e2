import { parseQuery, type QueryFields, type QueryValues } from "../http/query.ts";
import type { ParameterOf } from "../http/route-path.ts";
import type { RouteContext, RouteHandler } from "../http/types.ts";
import type { Operation } from "../openapi/operation.ts";
import type { Services } from "../services.ts";

/** Everything about one route. */
export interface Route extends Operation {
  /** Called once per service. */
  readonly handler: (services: Services) => RouteHandler;
}

interface RouteDefinition<Path extends string, Fields extends QueryFields> extends Operation {
  readonly path: Path;
  readonly query?: Fields | "ignored";
  /** The handler receives the path parameters and the query values by name. */
  readonly handler: (
    services: Services,
  ) => (ctx: RouteContext<ParameterOf<Path>>, query: QueryValues<Fields>) => Promise<void> | void;
}

/** Defines a route whose handler is called after its query was parsed. */
export function route<const Path extends string, Fields extends QueryFields = Record<never, never>>(
  definition: RouteDefinition<Path, Fields>,
): Route {
  const { query = {}, handler } = definition;
  return {
    ...definition,
    handler(services) {
      const answer = handler(services);
      return (ctx) => {
        const values = query === "ignored" ? {} : parseQuery(ctx, query);
        return answer(ctx, values as QueryValues<Fields>);
      };
    },
  };
}

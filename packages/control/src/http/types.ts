import type { Logger } from "@millrace/core";
import type Koa from "koa";
import type { Session } from "../sessions/sealed-session.ts";

/** State that the middleware keeps for one request. */
export interface RequestState {
  /** ULID, or the client's own `X-Request-Id`. */
  requestId: string;
  logger: Logger;
  /** The service's address in responses: as configured, otherwise as the client reached it. No trailing "/". */
  serviceUrl: string;
  /** Set if the request was authenticated by a browser session instead of the token. */
  session?: Session;
}

export type RequestContext = Koa.ParameterizedContext<RequestState>;
export type Middleware = Koa.Middleware<RequestState>;

/** The context of a route, with its path parameters. */
export type RouteContext<Parameter extends string = string> = RequestContext & {
  readonly params: Readonly<Record<Parameter, string>>;
};

/** Handles a request: sets the response on the context, or throws. */
export type RouteHandler = (ctx: RouteContext) => Promise<void> | void;

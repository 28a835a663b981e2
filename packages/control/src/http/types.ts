import type { Logger } from "@millrace/core";
import type Koa from "koa";
import type { Session } from "../sessions/session.ts";

/** What the middleware keeps about one request. */
export interface RequestState {
  /** ULID, or what the client sent as `X-Request-Id`. */
  requestId: string;
  logger: Logger;
  /** What answers say is the service's address: as configured, else as the client reached it. No "/" at its end. */
  serviceUrl: string;
  /** What let it in, where that is a browser's session and not the token. */
  session?: Session;
}

export type RequestContext = Koa.ParameterizedContext<RequestState>;
export type Middleware = Koa.Middleware<RequestState>;

/** What a route has of its request: with the parameters of its path. */
export type RouteContext<Parameter extends string = string> = RequestContext & {
  readonly params: Readonly<Record<Parameter, string>>;
};

/** Answers a request: it sets the answer on the context, or throws. */
export type RouteHandler = (ctx: RouteContext) => Promise<void> | void;

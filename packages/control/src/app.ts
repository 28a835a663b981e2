import Koa from "koa";
import type { RequestState } from "./http/types.ts";
import { accessLog } from "./middleware/access-log.ts";
import { authentication } from "./middleware/authentication.ts";
import { hostCheck } from "./middleware/host-check.ts";
import { httpMetrics } from "./middleware/http-metrics.ts";
import { problems } from "./middleware/problems.ts";
import { requestId } from "./middleware/request-id.ts";
import { routing } from "./middleware/routing.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { serviceUrl } from "./middleware/service-url.ts";
import type { Services } from "./services.ts";

export interface AppOptions {
  /** The service's address in responses. @default the address by which the client reached the service */
  readonly publicUrl?: string | undefined;
  /** Host names that requests may use, besides loopback. */
  readonly allowedHosts: readonly string[];
}

/** A client that disconnects in the middle of a response is not a service error. */
const CLIENT_GONE: ReadonlySet<unknown> = new Set(["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"]);

/** The HTTP application. Every request passes through this middleware, in this order. */
export function createApp(services: Services, options: AppOptions): Koa<RequestState> {
  const app = new Koa<RequestState>();
  app.use(httpMetrics(services.metrics));
  app.use(requestId(services.logger));
  app.use(accessLog());
  app.use(securityHeaders());
  app.use(problems());
  app.use(hostCheck(options.allowedHosts));
  app.use(serviceUrl(options.publicUrl));
  app.use(authentication(services.access));
  app.use(routing(services));
  app.on("error", (error: NodeJS.ErrnoException) => {
    if (!CLIENT_GONE.has(error.code)) services.logger.error("answer failed", { error });
  });
  return app;
}

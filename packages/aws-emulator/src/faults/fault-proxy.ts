import { randomInt } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Exchange } from "./exchange.ts";
import type { FaultKind, FaultRates } from "./fault-kinds.ts";
import { FaultPlan, type Injection } from "./fault-plan.ts";
import { identify } from "./identify.ts";
import { perform } from "./perform.ts";
import { type RecordedCall, recordCall } from "./recorded-call.ts";
import { Repeats } from "./repeats.ts";
import { forServices, type Service } from "./service.ts";

export type { FaultRates } from "./fault-kinds.ts";

const DEFAULT_DELAY_MS = 1_000;
/** Longer than clients keep idle connections, so that the client closes them. */
const KEEP_ALIVE_MS = 60_000;

export interface FaultProxyOptions {
  /** Addresses to forward to, `http://host:port`; requests to other services are answered with 501. */
  readonly targets: Readonly<Partial<Record<Service, string>>>;
  /** @default no faults */
  readonly rates?: FaultRates | undefined;
  /** Determines which requests fail, by their order within each operation. @default random */
  readonly seed?: number | undefined;
  /** Replaces the seed; returns 0 <= n < 1. */
  readonly random?: (() => number) | undefined;
  /** Called with each forwarded request. */
  readonly record?: ((call: RecordedCall) => void) | undefined;
  /** Maximum `delay` when it happens by rate. @default 1,000 */
  readonly delayMs?: number | undefined;
}

/** A proxy between AWS clients and the emulators that injects the faults which happen on AWS. */
export interface FaultProxy {
  /** `http://127.0.0.1:<port>`, every client's `endpoint`. */
  readonly url: string;
  /** Reproduces the same faults. */
  readonly seed: number;
  /** Number of faults so far. */
  readonly counts: Readonly<Record<Service, Readonly<Partial<Record<FaultKind, number>>>>>;
  /** Requests forwarded so far, by operation; excludes those that a fault kept from being forwarded. */
  readonly requests: Readonly<Record<Service, Readonly<Record<string, number>>>>;
  /** Replaces all rates. @throws {RangeError} */
  setRates(rates: FaultRates): void;
  /**
   * One fault for the next matching request that allows it: `duplicate` waits for an answer with a message.
   * @throws {RangeError} for a kind that the operation cannot have
   */
  inject(injection: Injection): void;
  /** Ends every request. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the proxy on loopback. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { rates = {}, seed = randomInt(2 ** 31), random, delayMs = DEFAULT_DELAY_MS } = options;
  const counts = forServices((): Partial<Record<FaultKind, number>> => ({}));
  const requests = forServices((): Record<string, number> => ({}));
  const plan = new FaultPlan({
    seed,
    random,
    delayMs,
    count: (service, kind) => {
      counts[service][kind] = (counts[service][kind] ?? 0) + 1;
    },
  });
  plan.setRates(rates);
  const agent = new Agent({ keepAlive: true });
  const stopping = new AbortController();
  const serve = makeServe({
    upstreams: parseTargets(options.targets),
    plan,
    agent,
    signal: stopping.signal,
    onForward: (exchange, body) => {
      const { service, operation } = exchange;
      requests[service][operation] = (requests[service][operation] ?? 0) + 1;
      if (options.record) recordCall(exchange, { body, record: options.record });
    },
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void serve(request, response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let stopped: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seed,
    counts,
    requests,
    setRates: (next) => plan.setRates(next),
    inject: (injection) => plan.inject(injection),
    stop: () => {
      stopped ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        stopping.abort();
        server.closeAllConnections();
        agent.destroy();
      });
      return stopped;
    },
  };
}

interface ServeContext {
  readonly upstreams: Readonly<Record<Service, URL | undefined>>;
  readonly plan: FaultPlan;
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly onForward: Exchange["onForward"];
}

function makeServe({ upstreams, plan, agent, signal, onForward }: ServeContext) {
  const repeats = new Repeats();
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A client that disconnects is not an error of the proxy.
    response.on("error", () => {});
    const target = identify(request);
    const upstream = target && upstreams[target.service];
    if (target === undefined || upstream === undefined) {
      answerUnknown(request, response);
      return;
    }
    const fault = plan.next(target);
    try {
      await perform({ ...target, request, response, upstream, agent, onForward }, { fault, repeats, signal });
    } catch {
      // The client or the service disconnected: disconnect the other side as well.
      response.destroy();
    } finally {
      fault?.release();
    }
  };
}

function answerUnknown(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(501, { "content-type": "text/plain" });
  response.end(`Cannot forward ${request.method} ${request.url}: it is for no service that has a target\n`);
}

function parseTargets(targets: FaultProxyOptions["targets"]): Readonly<Record<Service, URL | undefined>> {
  return forServices((service) => {
    const text = targets[service];
    if (text === undefined) return undefined;
    const url = new URL(text);
    if (url.protocol === "http:") return url;
    throw new TypeError(`Cannot use target of ${service} "${text}": expected an http:// URL`);
  });
}

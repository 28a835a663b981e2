import type { IncomingHttpHeaders } from "node:http";
import { BATCH_ACTIONS } from "../batch/action-names.ts";
import { s3Operation } from "./s3-operation.ts";
import { SERVICES, type Service, type Target } from "./service.ts";

export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Prefixes of `x-amz-target`, which identify the services with a JSON protocol. */
const TARGETS: Readonly<Record<string, Service>> = {
  DynamoDB_20120810: "dynamodb",
  AmazonSQS: "sqs",
  Logs_20140328: "logs",
};

/** Batch's paths are operation names in lower case. */
const BATCH_NAMES = new Map<string, string>(BATCH_ACTIONS.map((name) => [name.toLowerCase(), name]));

/** The service and operation of a request; undefined for an unknown service. */
export function identify({ method = "GET", url = "/", headers }: RequestHead): Target | undefined {
  const [prefix = "", operation = ""] = String(headers["x-amz-target"] ?? "").split(".");
  const byTarget = TARGETS[prefix];
  if (byTarget !== undefined) return { service: byTarget, operation };
  const { pathname, searchParams } = new URL(`http://localhost${url}`);
  const scope = headers.authorization ?? searchParams.get("X-Amz-Credential") ?? "";
  const signedFor = /\/([a-z0-9]+)\/aws4_request/.exec(scope)?.[1];
  if (signedFor === "batch" || (signedFor === undefined && pathname.startsWith("/v1/"))) {
    return { service: "batch", operation: batchOperation(pathname) };
  }
  if (signedFor === "s3") {
    return { service: "s3", operation: s3Operation({ method, pathname, searchParams, headers }) };
  }
  const service = SERVICES.find((known) => known === signedFor);
  return service && { service, operation: "Unknown" };
}

function batchOperation(pathname: string): string {
  const name = pathname.replace(/^\/v1\//, "");
  return BATCH_NAMES.get(name) ?? name;
}

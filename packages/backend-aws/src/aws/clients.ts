import { BatchClient } from "@aws-sdk/client-batch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { AwsConfig, Service } from "./config.ts";

/** Called before each request to AWS, including retries. */
export type OnRequest = (service: Service, command: string) => void;

/** The SDK's clients, one of each per process. */
export interface Clients {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly batch: BatchClient;
  /**
   * Does not retry. SubmitJob has no idempotency token, so an SDK retry could start a job twice. The poller has its own
   * rate limit, which SDK retries would exceed.
   */
  readonly batchOnce: BatchClient;
  readonly logs: CloudWatchLogsClient;
  close(): void;
}

const MAX_ATTEMPTS = 5;
/** Longer than the longest SQS long poll (20 s). */
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Who makes the request. It is in the user agent, so that CloudTrail distinguishes the service from its workers. */
export type Principal = "control" | "worker";

export interface ClientOptions {
  readonly principal?: Principal | undefined;
  readonly onRequest?: OnRequest | undefined;
  /** @default the credentials that the SDK finds */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export function makeClients(
  config: Pick<AwsConfig, "region" | "endpoints">,
  options: ClientOptions = {},
): Clients {
  const common = (service: Service) => settingsOf(service, { ...config, ...options });
  const document = new DynamoDBClient(common("dynamodb"));
  const s3 = new S3Client({
    ...common("s3"),
    // Emulators serve all buckets from one host.
    forcePathStyle: config.endpoints.s3 !== undefined,
    // A user's bucket may be in another region.
    followRegionRedirects: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const batch = new BatchClient(common("batch"));
  const batchOnce = new BatchClient({ ...common("batch"), maxAttempts: 1 });
  const logs = new CloudWatchLogsClient(common("logs"));
  const counted = { dynamodb: document, s3, batch, batchOnce, logs };
  for (const [name, client] of Object.entries(counted)) {
    countRequests(client, name === "batchOnce" ? "batch" : (name as Service), options.onRequest);
  }
  const all = { ...counted, sqs: makeSqsClient(config, options) };
  return {
    ...all,
    dynamodb: DynamoDBDocumentClient.from(document, { marshallOptions: { removeUndefinedValues: true } }),
    close: () => {
      for (const client of Object.values(all)) client.destroy();
    },
  };
}

/** Makes an SQS client only: a user's queue may be in another region. */
export function makeSqsClient(
  config: Pick<AwsConfig, "region" | "endpoints">,
  options: ClientOptions = {},
): SQSClient {
  const sqs = new SQSClient({
    ...settingsOf("sqs", { ...config, ...options }),
    // An emulator behind a proxy returns URLs that bypass the proxy.
    useQueueUrlAsEndpoint: false,
  });
  countRequests(sqs, "sqs", options.onRequest);
  return sqs;
}

function settingsOf(
  service: Service,
  { region, endpoints, credentials, principal }: Pick<AwsConfig, "region" | "endpoints"> & ClientOptions,
) {
  const endpoint = endpoints[service];
  return {
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without this, a timeout only logs a warning and the request waits forever.
      throwOnRequestTimeout: true,
      connectionTimeout: CONNECT_TIMEOUT_MS,
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    ...(principal && { userAgentAppId: `millrace-${principal}` }),
  };
}

/** The part of a client's middleware stack that {@link countRequests} needs; otherwise the clients' types differ. */
interface Middlewares {
  add(
    middleware: (
      next: (step: unknown) => Promise<unknown>,
      context: { readonly commandName?: string },
    ) => (step: unknown) => Promise<unknown>,
    options: { readonly step: "deserialize"; readonly name: string },
  ): void;
}

function countRequests(
  client: { readonly middlewareStack: unknown },
  service: Service,
  onRequest: OnRequest | undefined,
): void {
  if (!onRequest) return;
  (client.middlewareStack as Middlewares).add(
    (next, { commandName = "" }) =>
      (step) => {
        onRequest(service, commandName.replace(/Command$/, ""));
        return next(step);
      },
    // After the retry step, so that each attempt counts.
    { step: "deserialize", name: "countRequests" },
  );
}

import type { Exchange } from "./exchange.ts";
import type { Target } from "./service.ts";

/** A forwarded request, with what its permissions depend on. */
export interface RecordedCall extends Target {
  /** From the user agent: `control`, `worker`, or something else. */
  readonly principal: string;
  /** Path and query. */
  readonly url: string;
  /** Empty for object bytes. */
  readonly body: string;
  /** The source of a copy. */
  readonly copySource: string | undefined;
}

const CONTENT = new Set(["PutObject", "UploadPart"]);

/** Records the call once its body has passed. */
export function recordCall(
  { request, service, operation }: Exchange,
  options: { readonly body: Buffer | undefined; readonly record: (call: RecordedCall) => void },
): void {
  const agent = `${request.headers["user-agent"] ?? ""} ${request.headers["x-amz-user-agent"] ?? ""}`;
  const done = (body: string) =>
    options.record({
      service,
      operation,
      principal: /\bapp\/millrace-(\w+)/.exec(agent)?.[1] ?? "unknown",
      url: request.url ?? "/",
      body,
      copySource: request.headers["x-amz-copy-source"]?.toString(),
    });
  if (options.body !== undefined || CONTENT.has(operation)) {
    done(options.body?.toString() ?? "");
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => done(Buffer.concat(chunks).toString()));
}

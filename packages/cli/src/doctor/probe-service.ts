import { isClientError, MillraceClient } from "@millrace/client";
import { cliVersion } from "../cli-version.ts";
import type { Target } from "../environments/find-target.ts";
import { formatDuration } from "../format.ts";
import type { App } from "../session.ts";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";

const LIMIT_MS = 5_000;
/** The `Date` header has a resolution of one second, and the answer takes some time. */
const SKEW_MS = 5_000;
/**
 * AWS rejects signatures beyond this.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const MAX_SKEW_MS = 300_000;

export interface ProbeOptions {
  /** Name of the check. */
  readonly check: string;
  /** What to do if the service has another version. */
  readonly update: string;
}

/** Checks that a service is ready, accepts the token, and has this command's version and time. */
export async function probeService(
  { context }: App,
  target: Pick<Target, "url" | "token">,
  { check, update }: ProbeOptions,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LIMIT_MS)]);
  let aheadMs = 0;
  const timed: typeof fetch = async (input, init) => {
    const sentMs = Date.now();
    const response = await fetch(input, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) aheadMs = date + 500 - (sentMs + Date.now()) / 2;
    return response;
  };
  try {
    const client = new MillraceClient({ ...target, fetch: timed });
    const isReady = await client.ready({ signal });
    if (!isReady)
      return [
        warning(check, `${target.url} is not ready`, "it is starting or stopping: try again in a moment"),
      ];
    const { info } = (await client.openapi({ signal })) as { readonly info?: { readonly version?: string } };
    const [theirs, ours] = [info?.version ?? "unknown", await cliVersion()];
    const text = `${target.url} is ready (version ${theirs})`;
    const service =
      theirs === ours ? ok(check, text) : warning(check, `${text}, this command is ${ours}`, update);
    return [service, ...clockFindings(target.url, aheadMs)];
  } catch (error) {
    context.signal.throwIfAborted();
    return [unreachable(error, { check, url: target.url })];
  }
}

function clockFindings(url: string, aheadMs: number): readonly Finding[] {
  const byMs = Math.abs(aheadMs);
  if (byMs <= SKEW_MS) return [];
  const text = `the clock of ${url} is ${formatDuration(byMs / 1_000)} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`;
  const advice = "set both with NTP";
  return [byMs > MAX_SKEW_MS ? failed("clock", text, advice) : warning("clock", text, advice)];
}

function unreachable(
  error: unknown,
  { check, url }: { readonly check: string; readonly url: string },
): Finding {
  if ((error as Error).name === "TimeoutError") {
    return failed(check, `${url} did not answer within ${LIMIT_MS / 1_000} s`, "is it reachable from here?");
  }
  if (!isClientError(error)) return failure(check, error);
  const isRefused = error.status === 401 || error.status === 403;
  const advice = isRefused
    ? "the token is that of another service: check MILLRACE_TOKEN or the file token, or add the environment again"
    : "is it running, and reachable from here?";
  return failed(check, error.message, advice);
}

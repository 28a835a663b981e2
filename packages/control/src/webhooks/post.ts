import type { LookupAddress } from "node:dns";
import { type ClientRequest, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { isForbiddenAddress } from "@millrace/core/schemas";

/** Looks up every address of a host. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface PostOptions {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/** The receiver's address is not allowed: a retry would change nothing. */
export class ForbiddenAddressError extends Error {
  constructor(host: string, address: string) {
    super(`Cannot post to "${host}": its address ${address} is link-local or a metadata service's`);
    this.name = "ForbiddenAddressError";
  }
}

/**
 * Sends one POST request and returns the HTTP status of the response. The host's addresses are checked first, and the
 * connection uses exactly the address that was checked: a name that resolves differently a moment later (DNS rebinding)
 * gains nothing. Redirects are not followed, since they may lead anywhere.
 *
 * @throws {ForbiddenAddressError} or what went wrong on the way
 */
export async function post(url: URL, options: PostOptions): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = await allowedAddress(host, options.resolve);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request: ClientRequest = send({
      host: address,
      port: url.port === "" ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method: "POST",
      headers: { ...options.headers, host: url.host, "content-length": Buffer.byteLength(options.body) },
      ...(isIP(host) === 0 && { servername: host }),
      agent: false,
      signal,
    });
    request.once("error", reject);
    request.once("response", (response) => {
      resolve(response.statusCode ?? 0);
      // The body is not needed, however long it is.
      response.destroy();
    });
    request.end(options.body);
  });
}

async function allowedAddress(host: string, resolve: Resolve): Promise<string> {
  const addresses = isIP(host) === 0 ? (await resolve(host)).map(({ address }) => address) : [host];
  const forbidden = addresses.find(isForbiddenAddress);
  if (forbidden !== undefined) throw new ForbiddenAddressError(host, forbidden);
  const [first] = addresses;
  if (first === undefined) throw new Error(`Cannot post to "${host}": it has no address`);
  return first;
}

import { UserError } from "../user-error.ts";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** True if only this machine can reach the address. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(URL.parse(url)?.hostname ?? "");
}

/** A service's address as it is stored: its origin. @throws {UserError} */
export function serviceAddress(text: string, options: { readonly insecure: boolean }): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`Cannot use address "${text}": expected one such as https://millrace.example.com`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UserError(`Cannot use address "${url.host}" with a user or password: expected none`, {
      hint: "the token is given with --token-stdin",
    });
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new UserError(`Cannot use address "${text}": expected no path and no query`);
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname) && !options.insecure) {
    throw new UserError(`Cannot use address "${text}": the token would travel where others can read it`, {
      hint: "use https://, or --insecure inside a network that you trust",
    });
  }
  return url.origin;
}

import type { SignInLinkView } from "@millrace/core";
import { assertConforms } from "./conformance.ts";
import type { Harness } from "./harness.ts";
import { TOKEN } from "./harness.ts";

/** What a browser accepts when an address is opened. */
export const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
/** What the dashboard's script sends. */
export const SCRIPT = { "sec-fetch-site": "same-origin", "x-millrace-csrf": "1" };

/** Requests as a browser sends them: with its cookie, without the token; redirects are not followed. */
export class Browser {
  readonly #url: string;
  /** The cookie as it is sent, `name=value`; empty when signed out. */
  cookie = "";

  constructor({ service }: Pick<Harness, "service">) {
    this.#url = service.url;
  }

  async send(method: string, path: string, init: { headers?: Record<string, string>; body?: string } = {}) {
    const response = await fetch(`${this.#url}${path}`, {
      ...init,
      method,
      redirect: "manual",
      headers: { ...(this.cookie === "" ? {} : { cookie: this.cookie }), ...init.headers },
    });
    await assertConforms(response, { method, path });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = /Max-Age=0;/.test(set) ? "" : (set.split(";")[0] ?? "");
    return response;
  }

  get(path: string, headers: Record<string, string> = {}) {
    return this.send("GET", path, { headers });
  }

  /** Sends a form as a page of the service does. */
  form(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    return this.send("POST", path, {
      body: new URLSearchParams(fields).toString(),
      headers: {
        ...HTML,
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
        ...headers,
      },
    });
  }

  signIn() {
    return this.form("/session", { token: TOKEN });
  }
}

/** A new link of the service, and its code. */
export async function newLink({ call }: Pick<Harness, "call">) {
  const response = await call("/session/links", { method: "POST" });
  const link = (await response.json()) as SignInLinkView;
  return { ...link, response, code: new URL(link.url).hash.slice(1) };
}

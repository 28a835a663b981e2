import { existsSync } from "node:fs";
import type { ExecutionContext, TestFn } from "ava";
import { type Browser, chromium, type Page } from "playwright-core";

const PROGRAM = process.env.MILLRACE_CHROMIUM || "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  // No network traffic of Chromium's own: a test sees only what the page does.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A host name for tests of addresses that are neither HTTPS nor loopback.
  "--host-resolver-rules=MAP gpu-box 127.0.0.1",
];

/** A page, and everything that happened on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses of all requests, in order. */
  readonly requests: readonly string[];
  /** Console errors, uncaught errors, violations of the content security policy. */
  readonly problems: readonly string[];
}

/** One Chromium, with its own profile, for all tests of a file; each test opens its page in a context of its own. */
export function sharedBrowser(test: TestFn): (t: ExecutionContext) => Promise<WatchedPage> {
  let browser: Browser | undefined;
  test.before("start the browser", async () => {
    browser = await startBrowser();
  });
  test.after.always("end the browser", async () => {
    await browser?.close();
  });
  return async (t) => {
    if (!browser) throw new TypeError("Cannot open a page: the browser did not start");
    const context = await browser.newContext();
    t.teardown(() => context.close());
    return watch(await context.newPage());
  };
}

async function startBrowser(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error(
      `Cannot start a browser: there is no "${PROGRAM}"; run node scripts/browser.ts, install Debian's package "chromium", or set MILLRACE_CHROMIUM to the path of a Chromium`,
    );
  }
  return chromium.launch({ executablePath: PROGRAM, args: FLAGS, headless: true });
}

async function watch(page: Page): Promise<WatchedPage> {
  const requests: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  await page.exposeFunction("reportViolation", (text: string) => problems.push(`violation: ${text}`));
  await page.addInitScript(`
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      reportViolation(violatedDirective + " " + blockedURI));
  `);
  return { page, requests, problems };
}

import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { type Platform, sharedBrowser, startPlatform, type WatchedPage } from "../../src/mod.ts";

const MILLRACE = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));
const openPage = sharedBrowser(test);

/** What the real command prints: the link that signs a browser in. */
async function signInLink({ home }: Platform): Promise<string> {
  const args = [MILLRACE, "dashboard", "--no-open", "--home", home];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trim();
}

/** The dashboard's script has run. */
async function isShown({ page }: WatchedPage, path = "/dashboard"): Promise<void> {
  await page.waitForURL((url) => url.pathname === path);
  await page.waitForSelector("#app > *");
}

async function isSignInPage({ page }: WatchedPage): Promise<void> {
  await page.getByLabel("Or paste the service's token").waitFor();
}

/** The status of a request that the page's script makes. */
function statusOf({ page }: WatchedPage, path: string, init: RequestInit = {}): Promise<number> {
  return page.evaluate(
    `fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then(({ status }) => status)`,
  );
}

/** Everything came from the service, and nothing was complained about but what is expected. */
function assertClean(t: ExecutionContext, { requests, problems }: WatchedPage, origin: string): void {
  t.true(requests.length > 0);
  t.deepEqual(
    requests.filter((url) => new URL(url).origin !== origin),
    [],
  );
  t.deepEqual(problems, []);
}

/** A page of somebody else, on this machine or on another site. */
async function foreignPage(t: ExecutionContext, html: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return String((server.address() as AddressInfo).port);
}

test("the command's link signs a browser in once; the session outlives the service until it ends", async (t) => {
  const platform = await startPlatform(t, { keepsPort: true });
  const { origin, port } = new URL(platform.url);
  const watched = await openPage(t);
  const { page } = watched;
  const link = await signInLink(platform);
  await page.goto(link);
  await isShown(watched);
  t.false(page.url().includes("#"));
  const [cookie] = await page.context().cookies();
  t.is(cookie?.name, `millrace_session_${port}`);
  t.deepEqual(
    [cookie?.domain, cookie?.path, cookie?.httpOnly, cookie?.sameSite, cookie?.secure],
    ["127.0.0.1", "/", true, "Strict", false],
  );
  const lastsMs = (cookie?.expires ?? 0) * 1_000 - Date.now();
  t.true(Math.abs(lastsMs - 12 * 3_600_000) < 60_000);
  t.is(await page.evaluate("document.cookie"), "", "no script sees it");
  await page.goBack().catch(() => null);
  t.false(page.url().includes("#"), "nor is the code in the history");
  await page.goto(`${origin}/dashboard/apis`);
  await page.reload();
  await isShown(watched, "/dashboard/apis");
  await platform.stop();
  await platform.start();
  await page.goto(`${origin}/`);
  await isShown(watched);
  t.is(await statusOf(watched, "/jobs"), 200);
  assertClean(t, watched, origin);
  // A copy of the cookie, as a thief would have it.
  const thief = await openPage(t);
  await thief.page.context().addCookies(cookie ? [cookie] : []);
  await thief.page.goto(`${origin}/dashboard`);
  await isShown(thief);
  const init = { method: "DELETE", headers: { "X-Millrace-CSRF": "1" } };
  t.is(await statusOf(watched, "/session", init), 200);
  t.deepEqual(await page.context().cookies(), []);
  for (const one of [watched, thief]) {
    await one.page.goto(`${origin}/dashboard`);
    await isSignInPage(one);
  }
  await platform.stop("SIGKILL");
  await platform.start();
  await thief.page.goto(`${origin}/dashboard`);
  await isSignInPage(thief);
  t.notRegex(await platform.log(), new RegExp(link.split("#")[1] ?? "no code"));
});

test("a link that has already been used, and a wrong token show why and allow another try", async (t) => {
  const platform = await startPlatform(t);
  const { origin } = new URL(platform.url);
  const link = await signInLink(platform);
  const first = await openPage(t);
  await first.page.goto(link);
  await isShown(first);
  assertClean(t, first, origin);
  const second = await openPage(t);
  await second.page.goto(link);
  await isSignInPage(second);
  t.regex((await second.page.getByRole("alert").textContent()) ?? "", /the link has already been used/);
  const signIn = async (token: string) => {
    await second.page.getByLabel("Or paste the service's token").fill(token);
    await second.page.getByRole("button", { name: "Sign in" }).click();
  };
  await signIn("wrong");
  await second.page.getByText("wrong token").waitFor();
  t.deepEqual(await second.page.context().cookies(), []);
  await signIn(platform.token);
  await isShown(second);
  // The browser itself notes pages that are refused.
  t.true(
    second.problems.every((problem) => /status of 401/.test(problem)),
    second.problems.join("\n"),
  );
  t.true(second.requests.every((url) => new URL(url).origin === origin));
});

test("a link from another site opens the dashboard, and a page on another port changes nothing", async (t) => {
  const platform = await startPlatform(t);
  const { origin } = new URL(platform.url);
  const watched = await openPage(t);
  const { page } = watched;
  await page.goto(await signInLink(platform));
  await isShown(watched);
  const port = await foreignPage(
    t,
    `<a href="${origin}/dashboard/apis">job</a>
     <form id="out" method="post" action="${origin}/session/end"><button>out</button></form>
     <script>
       const send = (path, init) => fetch("${origin}" + path, { credentials: "include", ...init }).then(() => "read", () => "refused");
     </script>`,
  );
  // Another site: the strict cookie is not sent with the link itself.
  await page.goto(`http://localhost:${port}/`);
  await page.getByText("job").click();
  await isShown(watched, "/dashboard/apis");
  // The same site to a browser, which does not look at ports: the cookie is sent with everything.
  await page.goto(`http://127.0.0.1:${port}/`);
  t.is(await page.evaluate('send("/jobs")'), "refused");
  t.is(await page.evaluate('send("/session/end", { method: "POST", mode: "no-cors" })'), "refused");
  await page.getByText("out").click();
  await page.getByText("cross_origin_refused").waitFor();
  await page.goto(`${origin}/dashboard`);
  await isShown(watched);
});

test("sign-in works on plain HTTP beyond loopback, where browsers say less about a form's origin", async (t) => {
  const platform = await startPlatform(t, { environment: { MILLRACE_ALLOWED_HOSTS: "gpu-box" } });
  const watched = await openPage(t);
  await watched.page.goto(`http://gpu-box:${new URL(platform.url).port}/`);
  await watched.page.getByLabel("Or paste the service's token").fill(platform.token);
  await watched.page.getByRole("button", { name: "Sign in" }).click();
  await isShown(watched);
  t.is(await statusOf(watched, "/jobs"), 200);
  const init = { method: "DELETE", headers: { "X-Millrace-CSRF": "1" } };
  t.is(await statusOf(watched, "/session", init), 200);
  t.is(await statusOf(watched, "/jobs"), 401);
});

test("two services on one machine keep separate sessions in one browser", async (t) => {
  const platforms = [await startPlatform(t), await startPlatform(t)];
  const watched = await openPage(t);
  for (const platform of platforms) {
    await watched.page.goto(await signInLink(platform));
    await isShown(watched);
  }
  for (const { url } of platforms) {
    await watched.page.goto(`${url}/dashboard`);
    await isShown(watched);
  }
  t.deepEqual(watched.problems, []);
});

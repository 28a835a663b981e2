import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import test from "ava";
import { Browser, HTML } from "./helpers/browser.ts";
import { startHarness } from "./helpers/harness.ts";
import { rawRequest } from "./helpers/raw-request.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ADDRESSES = ["/dashboard", "/dashboard/apis", "/dashboard/jobs/sum/01ARZ3NDEKTSV4RRFFQ69G5FAV"];

test("GET / redirects a browser to the dashboard, and returns JSON to others", async (t) => {
  const harness = await startHarness(t);
  const browser = new Browser(harness);
  const before = await browser.get("/", HTML);
  t.is(before.status, 401);
  t.regex(before.headers.get("content-type") ?? "", /^text\/html/);
  t.regex(await before.text(), /millrace dashboard.*name="token"/s);
  await browser.signIn();
  const after = await browser.get("/", HTML);
  t.deepEqual([after.status, after.headers.get("location")], [302, "/dashboard"]);
  t.is(after.headers.get("vary"), "Accept");
  for (const accept of ["*/*", "application/json"]) {
    const json = await harness.call("/", { headers: { accept } });
    t.is(((await json.json()) as { name: string }).name, "millrace");
    t.is(
      (await new Browser(harness).get("/", { accept })).headers.get("content-type"),
      "application/problem+json",
    );
  }
});

test("every address of the dashboard is its page for signed-in users, and the sign-in page for others", async (t) => {
  const harness = await startHarness(t);
  const browser = new Browser(harness);
  for (const path of ADDRESSES) {
    const refused = await browser.get(path, HTML);
    t.is(refused.status, 401, path);
    t.is(refused.headers.get("cache-control"), "no-store");
    t.notRegex(await refused.text(), /role="alert"/, "nothing has failed yet");
  }
  await browser.signIn();
  const pages = await Promise.all(ADDRESSES.map((path) => browser.get(path, HTML)));
  const texts = await Promise.all(pages.map((page) => page.text()));
  t.regex(texts[0] ?? "", /<div id="app">/);
  t.is(new Set(texts).size, 1);
  for (const { status, headers } of pages) {
    t.is(status, 200);
    t.is(headers.get("content-type"), "text/html; charset=utf-8");
    t.is(headers.get("cache-control"), "no-store");
  }
  const head = await browser.send("HEAD", "/dashboard", { headers: HTML });
  t.deepEqual([head.status, await head.text()], [200, ""]);
  t.is(head.headers.get("content-length"), String(Buffer.byteLength(texts[0] ?? "")));
});

test("a browser that follows a link from another site reloads once, so that its cookie is sent", async (t) => {
  const browser = new Browser(await startHarness(t));
  const page = async (site: string) =>
    (await browser.get("/dashboard/apis", { ...HTML, "sec-fetch-site": site })).text();
  t.regex(await page("cross-site"), /http-equiv="refresh" content="0"/);
  for (const site of ["same-origin", "none", ""]) t.notRegex(await page(site), /refresh/);
});

test("assets are served to everybody, compressed as asked, and cached forever", async (t) => {
  const harness = await startHarness(t);
  const page = await (await harness.call("/dashboard")).text();
  const paths = [...page.matchAll(/\/dashboard\/assets\/[^"]+/g)].map(([path]) => path);
  t.is(paths.length, 3);
  const get = (path: string, headers: Record<string, string>) =>
    rawBytes(`${harness.service.url}${path}`, headers);
  for (const path of paths) {
    const plain = await get(path, {});
    t.is(plain.status, 200);
    t.is(plain.headers["content-encoding"], undefined);
    t.is(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    t.is(plain.headers.vary, "Accept-Encoding");
    const brotli = await get(path, { "accept-encoding": "gzip, deflate, br, zstd" });
    t.is(brotli.headers["content-encoding"], "br");
    t.deepEqual(brotliDecompressSync(brotli.body), plain.body);
    const gzip = await get(path, { "accept-encoding": "gzip, br;q=0" });
    t.is(gzip.headers["content-encoding"], "gzip");
    t.deepEqual(gunzipSync(gzip.body), plain.body);
    t.is(brotli.headers["content-type"], plain.headers["content-type"]);
    const tags = [plain, brotli, gzip].map(({ headers }) => headers.etag);
    t.is(new Set(tags).size, 3);
    const again = await get(path, { "if-none-match": tags[0] ?? "" });
    t.deepEqual([again.status, again.body.length], [304, 0]);
    t.is((await get(path, { "if-none-match": '"other"' })).status, 200);
  }
  t.deepEqual(
    (await Promise.all(paths.map((path) => get(path, {})))).map(({ headers }) => headers["content-type"]),
    ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"],
  );
  const missing = await new Browser(harness).get("/dashboard/assets/main-OLD.js");
  t.is(missing.status, 404);
  t.is(missing.headers.get("cache-control"), null);
  t.is((await new Browser(harness).send("DELETE", paths[0] ?? "")).status, 401);
});

test("every response has the security headers", async (t) => {
  const harness = await startHarness(t);
  const browser = new Browser(harness);
  for (const path of ["/", "/dashboard", "/session/start", "/jobs", "/healthz", "/no/such/thing/here"]) {
    for (const { headers } of [await browser.get(path, HTML), await harness.call(path)]) {
      t.is(headers.get("content-security-policy"), POLICY, path);
      t.is(headers.get("x-content-type-options"), "nosniff");
      t.is(headers.get("x-frame-options"), "DENY");
      t.is(headers.get("referrer-policy"), "same-origin");
      t.is(headers.get("cross-origin-opener-policy"), "same-origin");
      t.is(headers.get("cross-origin-resource-policy"), "same-origin");
    }
  }
  const foreign = await rawRequest(`${harness.service.url}/dashboard`, { headers: { host: "evil.example" } });
  t.is(foreign.status, 403);
  t.is(foreign.headers["content-security-policy"], POLICY);
});

/** fetch would decompress. */
function rawBytes(url: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }>(
    (resolve, reject) => {
      const sent = request(url, { headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks),
        });
      });
      sent.once("error", reject).end();
    },
  );
}

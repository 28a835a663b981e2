import { brotliDecompressSync, gunzipSync } from "node:zlib";
import test from "ava";
import { buildDashboard } from "../src/mod.ts";

test("buildDashboard() serves every page's assets under content-hashed names", async (t) => {
  const dashboard = await buildDashboard();
  for (const html of [dashboard.indexHtml, dashboard.startHtml, dashboard.signInHtml()]) {
    t.regex(html, /<html lang="en">/);
    t.regex(html, /<meta name="viewport"/);
    const links = [...html.matchAll(/(?:href|src)="(\/dashboard\/assets\/[^"]+)"/g)].map(([, link]) => link);
    t.true(links.length >= 2);
    for (const link of links) {
      t.regex(link ?? "", /^\/dashboard\/assets\/[a-z-]+-[0-9A-Z]{8}\.(js|css|svg)$/);
      t.true(dashboard.files.has(link?.split("/").at(-1) ?? ""), link);
    }
  }
  t.is(await buildDashboard(), dashboard, "it is made once");
});

test("buildDashboard() writes no script and no style into a page: the content security policy forbids both", async (t) => {
  const { indexHtml, startHtml, signInHtml } = await buildDashboard();
  for (const html of [indexHtml, startHtml, signInHtml({ problem: "no", reload: true })]) {
    t.notRegex(html, /<style|\sstyle=|\son\w+=|javascript:/i);
    t.notRegex(html, /<script(?![^>]* src=)/);
    t.notRegex(html, /https?:/);
  }
});

test("buildDashboard() compresses its own output, and nothing else", async (t) => {
  const { files } = await buildDashboard();
  for (const [name, { bodies }] of files) {
    t.deepEqual(gunzipSync(bodies.gzip), Buffer.from(bodies.identity), name);
    t.deepEqual(brotliDecompressSync(bodies.br), Buffer.from(bodies.identity), name);
  }
});

test("signInHtml() shows a problem as text", async (t) => {
  const html = (await buildDashboard()).signInHtml({ problem: '<img src="x"> & more' });
  t.true(html.includes("&lt;img src=&quot;x&quot;&gt; &amp; more"));
});

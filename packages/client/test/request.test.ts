import test from "ava";
import { requestOf } from "../src/request.ts";

const BASE = new URL("https://millrace.test/below/");
const LIST = { method: "GET", path: "/jobs", answer: { type: "application/json" } } as const;
const SUBMIT = { method: "POST", path: "/{endpoint}/{id}/retry" } as const;

test("requestOf() fills in the path, and encodes each segment", (t) => {
  const { url, method } = requestOf(BASE, SUBMIT, { path: { endpoint: "/text/a b/", id: "j?1" } });
  t.is(`${method} ${url}`, "POST https://millrace.test/below/text/a%20b/j%3F1/retry");
});

test("requestOf() repeats a name for each of its values, and leaves out names without one", (t) => {
  const query = { status: ["running", "stopped"], label: ["a:é&b"], limit: 0, follow: false, api: undefined };
  const { url } = requestOf(BASE, LIST, { query });
  t.is(
    url,
    "https://millrace.test/below/jobs?status=running&status=stopped&label=a%3A%C3%A9%26b&limit=0&follow=false",
  );
});

test("requestOf() accepts what the operation returns, unless a header in any case says otherwise", (t) => {
  t.is(requestOf(BASE, LIST, {}).headers.get("accept"), "application/json");
  const headers = { Accept: "text/plain", "x-none": undefined };
  const request = requestOf(BASE, LIST, { headers });
  t.is(request.headers.get("accept"), "text/plain");
  t.false(request.headers.has("x-none"));
});

test("requestOf() sends values as JSON, also false and null, and bytes unchanged", async (t) => {
  const path = { endpoint: "sum", id: "j" };
  for (const json of [{ a: 1 }, false, null]) {
    const request = requestOf(BASE, SUBMIT, { path, json });
    t.is(request.headers.get("content-type"), "application/json");
    t.deepEqual(await request.json(), json);
  }
  const bytes = requestOf(BASE, SUBMIT, { path, body: Uint8Array.of(1, 2) });
  t.false(bytes.headers.has("content-type"));
  t.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [1, 2]);
  t.is(requestOf(BASE, SUBMIT, { path }).body, null);
});

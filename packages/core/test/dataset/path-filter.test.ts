import assert from "node:assert/strict";
import test from "ava";
import { checkPathFilter, isMillraceError, listObjects, listUris, type PathFilter } from "../../src/mod.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";

function bucket(...keys: readonly string[]): MemoryObjectStore {
  const objects = new MemoryObjectStore();
  for (const key of keys) objects.put(`s3://b/${key}`, "1");
  return objects;
}

async function list(objects: MemoryObjectStore, filter: Partial<PathFilter>): Promise<string[]> {
  const uris: string[] = [];
  const full = { paths: [], includes: [], excludes: [], ...filter };
  for await (const { uri } of listObjects(objects, full)) uris.push(uri);
  const pages: string[] = [];
  for await (const page of listUris(objects, full)) pages.push(...page);
  assert.deepEqual(pages, uris);
  return uris.map((uri) => uri.replace("s3://b/", ""));
}

test("listObjects() takes paths as raw prefixes, in the order given, each object once", async (t) => {
  const objects = bucket("img2", "img1", "img/3", "other", "z/1");
  t.deepEqual(await list(objects, { paths: ["s3://b/img"] }), ["img/3", "img1", "img2"]);
  t.deepEqual(await list(objects, { paths: ["s3://b/z", "s3://b/img1", "s3://b/i", "s3://b/img"] }), [
    "z/1",
    "img1",
    "img/3",
    "img2",
  ]);
});

test("listObjects() keeps what an include matches and no exclude does", async (t) => {
  const objects = bucket("d/a.json", "d/b.csv", "d/sub/c.json", "d/tmp/x.json");
  const filter = { paths: ["s3://b/d/"], includes: ["**.json", "s3://b/d/*.csv"], excludes: ["**/tmp/**"] };
  t.deepEqual(await list(objects, filter), ["d/a.json", "d/b.csv", "d/sub/c.json"]);
});

test("listObjects() lists the base of a path with glob characters and keeps what it matches", async (t) => {
  const objects = bucket("d/a.json", "d/b.csv", "d/sub/c.json", "e/[1]x", "d2/a.json");
  t.deepEqual(await list(objects, { paths: ["s3://b/d/*.json"] }), ["d/a.json"]);
  t.deepEqual(await list(objects, { paths: ["s3://b/d*/**.json"], excludes: ["**/sub/*"] }), [
    "d/a.json",
    "d2/a.json",
  ]);
  t.deepEqual(await list(objects, { paths: ["s3://b/e/[1]"] }), ["e/[1]x"]);
});

test("listObjects() names the prefix that matches nothing", async (t) => {
  const error = await t.throwsAsync(list(bucket("a"), { paths: ["s3://b/a", "s3://b/nope"] }), {
    code: "no_input",
  });
  t.regex(error?.message ?? "", /s3:\/\/b\/nope/);
  t.true(isMillraceError(error) && error.details.field === "paths[1]");
  await t.throwsAsync(list(bucket("a.x"), { paths: ["s3://b/*.json"] }), {
    code: "no_input",
    message: /\*\.json/,
  });
});

test("listObjects() says how many were listed and which filters removed them", async (t) => {
  const filter = { paths: ["s3://b/"], includes: ["*.json"], excludes: ["**.csv"] };
  await t.throwsAsync(list(bucket("a.json", "b.csv"), filter), {
    code: "no_input",
    message: /of 2 listed objects none is left after includes \["\*\.json"\] and excludes \["\*\*\.csv"\]/,
  });
});

test("checkPathFilter() names the field of a bad glob", (t) => {
  const error = t.throws(() => checkPathFilter({ paths: ["/a"], includes: ["ok", "/d/[a"], excludes: [] }), {
    code: "invalid_submission",
    message: /includes\[1\] "\/d\/\[a" as a glob: "\[" without "\]"/,
  });
  t.true(isMillraceError(error) && error.details.field === "includes[1]");
  t.throws(() => checkPathFilter({ paths: ["/d/{a"], includes: [], excludes: [] }), {
    message: /paths\[0\]/,
  });
});

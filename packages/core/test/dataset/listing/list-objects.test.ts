import assert from "node:assert/strict";
import test from "ava";
import { checkPathFilter } from "../../../src/dataset/listing/path-filter.ts";
import {
  isMillraceError,
  listObjects,
  listUris,
  nothingSkipped,
  type PathFilter,
  skippedText,
} from "../../../src/mod.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";

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
  t.true(isMillraceError(error) && error.details.field === "s3_paths[1]");
  await t.throwsAsync(list(bucket("a.x"), { paths: ["s3://b/*.json"] }), {
    code: "no_input",
    message: /\*\.json/,
  });
});

test("listObjects() says how many were listed and which filters removed them", async (t) => {
  const filter = { paths: ["s3://b/"], includes: ["*.json"], excludes: ["**.csv"] };
  await t.throwsAsync(list(bucket("a.json", "b.csv"), filter), {
    code: "no_input",
    message:
      /none of the 2 listed objects is left after includes \["\*\.json"\] and excludes \["\*\*\.csv"\]/,
  });
});

test("checkPathFilter() names the field of a bad glob", (t) => {
  const error = t.throws(() => checkPathFilter({ paths: ["/a"], includes: ["ok", "/d/[a"], excludes: [] }), {
    code: "invalid_submission",
    message: /includes\[1\] "\/d\/\[a" as a glob: "\[" without "\]"/,
  });
  t.true(isMillraceError(error) && error.details.field === "includes[1]");
  const kind = "delimited_files";
  t.throws(() => checkPathFilter({ kind, paths: ["/d/{a"], includes: [], excludes: [] }), {
    message: /delimited_files\.s3_paths\[0\]/,
  });
});

/** Lists, and gives what was skipped, which is the same page by page. */
async function listed(objects: MemoryObjectStore, filter: Partial<PathFilter>) {
  const full = { paths: ["s3://b/"], includes: [], excludes: [], ...filter };
  const skipped = nothingSkipped();
  const uris: string[] = [];
  for await (const { uri } of listObjects(objects, full, { skipped })) uris.push(uri.replace("s3://b/", ""));
  const again = nothingSkipped();
  for await (const _ of listUris(objects, full, { skipped: again }));
  assert.deepEqual(again, skipped);
  return { uris, skipped };
}

test("listObjects() skips hidden names and counts them, unless they are requested", async (t) => {
  const objects = bucket("d/a.json", "d/.a.json.crc", "d/_SUCCESS", "d/.tmp/b.json", "d/c.txt", ".x/e.json");
  const { uris, skipped } = await listed(objects, { includes: ["**.json", "**/_*"] });
  t.deepEqual(uris, ["d/_SUCCESS", "d/a.json"]);
  t.is(skipped.hiddenFiles, 2);
  t.is(skippedText(skipped), "2 hidden files");
  t.deepEqual((await listed(objects, { paths: ["s3://b/.x/"] })).uris, [".x/e.json"]);
  const all = await listed(objects, { paths: ["s3://b/d/"], includeHidden: true });
  t.is(all.uris.length, 5);
  t.is(skippedText(all.skipped), undefined);
  await t.throwsAsync(listed(bucket("d/.a", "d/_b/c"), {}), {
    code: "no_input",
    message: /none of the 2 listed objects is left; 2 hidden files skipped; "include_hidden": true includes/,
  });
});

test("listObjects() with allowEmpty lists nothing for empty paths, and names them", async (t) => {
  const { uris, skipped } = await listed(bucket("d/.a"), {
    paths: ["s3://b/d/", "s3://b/nope"],
    allowEmpty: true,
  });
  t.deepEqual(uris, []);
  t.deepEqual([skipped.hiddenFiles, skipped.emptyPaths], [1, ["s3://b/nope"]]);
});

test("listObjects() skips the manifest of a job's output, recognised by its contents, unless it is named", async (t) => {
  const objects = bucket("out/part-00000.ndjson", "other/manifest.json");
  const manifest = { job_id: "01M84ARA5ZEH4KMCKNDGTVVRVF", api_name: "sum", parts: [] };
  objects.put("s3://b/out/manifest.json", JSON.stringify(manifest, null, 2));
  const { uris, skipped } = await listed(objects, {});
  t.deepEqual(uris, ["other/manifest.json", "out/part-00000.ndjson"]);
  t.is(skippedText(skipped), "1 manifest of a job's output");
  const named: readonly Partial<PathFilter>[] = [
    { paths: ["s3://b/out/manifest.json"] },
    { includes: ["**/manifest.json"] },
    { includeHidden: true },
  ];
  for (const filter of named) t.true((await listed(objects, filter)).uris.includes("out/manifest.json"));
  await t.throwsAsync(listed(objects, { paths: ["s3://b/out/m"] }), {
    code: "no_input",
    message: /1 manifest/,
  });
});

const dangling = { uri: "s3://b/d/x", reason: "is a broken link", isFile: false };

test("listObjects() refuses unreadable entries that may belong to the dataset, and says what to do", async (t) => {
  const objects = bucket("d/a.json");
  objects.unreadable.push(dangling);
  const refused: readonly Partial<PathFilter>[] = [
    {},
    { paths: ["s3://b/d/*/*.json", "s3://b/d/a"] },
    { includes: ["**.json"] },
    { excludes: ["**/x.json", "**/y/**"] },
  ];
  for (const filter of refused)
    await t.throwsAsync(listed(objects, filter), {
      code: "object_unreadable",
      message: /Cannot list "s3:\/\/b\/d\/x": it is a broken link; .*"excludes".*"skip_unreadable": true/,
    });
  const elsewhere: readonly Partial<PathFilter>[] = [
    { paths: ["s3://b/d/*.json"] },
    { includes: ["s3://b/d/*.json"] },
    { excludes: ["**/x"] },
    { excludes: ["**/x/**"] },
  ];
  for (const filter of elsewhere) {
    const { uris, skipped } = await listed(objects, filter);
    t.deepEqual([uris, skipped.unreadable], [["d/a.json"], 0]);
  }
  objects.unreadable[0] = { ...dangling, isFile: true };
  t.is((await listed(objects, { includes: ["**.json"] })).skipped.unreadable, 0);
});

test("listObjects() with skipUnreadable counts and names what it skips, apart from hidden entries", async (t) => {
  const objects = bucket("d/a.json");
  const hidden = [".y", "_z/"].map((name) => ({ ...dangling, uri: `s3://b/d/${name}` }));
  objects.unreadable.push(...hidden);
  t.is(skippedText((await listed(objects, {})).skipped), "1 hidden file and 1 hidden directory");
  for (let i = 0; i < 30; i += 1) objects.unreadable.push({ ...dangling, uri: `s3://b/d/x${i}` });
  const { uris, skipped } = await listed(objects, { skipUnreadable: true });
  t.deepEqual(uris, ["d/a.json"]);
  t.is(skippedText(skipped), "1 hidden file, 1 hidden directory and 30 unreadable entries");
  t.is(skipped.unreadableFiles.length, 20);
  t.deepEqual(skipped.unreadableFiles[0], { file: "s3://b/d/x0", reason: "is a broken link" });
});

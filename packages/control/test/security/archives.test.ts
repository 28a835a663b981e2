import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Problem } from "@millrace/core";
import { type RawEntry, rawTar } from "@millrace/fuzz";
import test from "ava";
import { type Harness, startHarness, TOKEN, temporaryDirectory, until } from "../helpers/harness.ts";

const CONFIG: RawEntry = {
  path: "millrace.yaml",
  content: "name: img\nkind: BatchAPI\npredictor: { type: typescript, path: predictor.ts }\n",
};
const PROJECT = rawTar([CONFIG, { path: "predictor.ts", content: "export const a = 1;\n" }]);

/** Bytes that have no end to a reader that goes on, and what they are refused for. */
const HOSTILE: Readonly<Record<string, readonly [() => Buffer, RegExp]>> = {
  "a gzip inside of a gzip": [() => gzipSync(gzipSync(Buffer.alloc(200_000_000))), /gzip data inside/],
  "zeros after the end of the tar": [
    () => gzipSync(Buffer.concat([PROJECT, Buffer.alloc(33_000_000)])),
    /after its end/,
  ],
  "bytes after the end of the tar": [
    () => gzipSync(Buffer.concat([PROJECT, Buffer.alloc(33_000_000, 1)])),
    /bytes follow its end/,
  ],
  "bytes after the end of the gzip": [
    () => Buffer.concat([gzipSync(PROJECT), randomBytes(1_000_000)]),
    /gzip is damaged|bytes follow/,
  ],
  "a project that is too large": [
    () => gzipSync(rawTar([CONFIG, { path: "zeros", content: Buffer.alloc(200_000_000) }])),
    /content is over 100000000 bytes/,
  ],
};

async function refusal({ call }: Harness, body: Buffer): Promise<Problem> {
  const response = await call("/apis/img", { method: "PUT", body: new Uint8Array(body) });
  return (await response.json()) as Problem;
}

for (const [what, [bytes, message]] of Object.entries(HOSTILE)) {
  test(`putApi() refuses ${what}, and leaves nothing behind`, async (t) => {
    const harness = await startHarness(t, { archiveLimitBytes: 100_000_000 });
    const problem = await refusal(harness, bytes());
    t.is(problem.code, "invalid_archive");
    t.regex(problem.detail, message);
    t.deepEqual(uploadsIn(harness.home), []);
    t.deepEqual(readdirSync(join(harness.home, "apis")), []);
  });
}

test("the service responds to others while it reads an archive of very many files", async (t) => {
  const harness = await startHarness(t);
  const files = Array.from({ length: 80_000 }, (_, n) => ({ path: `f${n}`, content: "x" }));
  const reading = refusal(harness, gzipSync(rawTar([...files, { path: "../evil" }]), { level: 1 }));
  let isRead = false;
  reading.finally(() => {
    isRead = true;
  });
  await until(async () => uploadsIn(harness.home).length > 0);
  let answers = 0;
  while (!isRead) {
    t.is((await fetch(`${harness.service.url}/healthz`)).status, 200);
    answers += 1;
  }
  t.regex((await reading).detail, /"\.\.\/evil"/);
  t.true(answers >= 5, String(answers));
});

/** Sends a part of an archive, or all of it, and hangs up when `when` is true. */
async function hangUp(harness: Harness, sent: Buffer, options: { announced: number; when: () => boolean }) {
  const leaving = request(`${harness.service.url}/apis/img`, {
    method: "PUT",
    headers: { authorization: `Bearer ${TOKEN}`, "content-length": options.announced },
  });
  leaving.on("error", () => {});
  leaving.write(sent);
  await until(async () => options.when());
  leaving.destroy();
}

test("an upload whose client disconnects leaves nothing behind", async (t) => {
  const harness = await startHarness(t);
  const archive = gzipSync(PROJECT);
  const when = () => uploadsIn(harness.home).length > 0;
  await hangUp(harness, archive.subarray(0, 50), { announced: archive.length, when });
  await until(async () => uploadsIn(harness.home).length === 0);
  t.is((await harness.call("/apis/img")).status, 404);
});

test("reading an archive stops when its client disconnects, and nothing is deployed", async (t) => {
  const harness = await startHarness(t);
  const archive = gzipSync(rawTar([CONFIG, { path: "zeros", content: Buffer.alloc(400_000_000) }]));
  const isWhole = () => {
    const [upload = ""] = uploadsIn(harness.home);
    const file = join(harness.home, "tmp", upload, "project.tar.gz");
    return existsSync(file) && statSync(file).size === archive.length;
  };
  await hangUp(harness, archive, { announced: archive.length, when: isWhole });
  await until(async () => uploadsIn(harness.home).length === 0);
  t.is((await harness.call("/apis/img")).status, 404);
  t.deepEqual(readdirSync(join(harness.home, "apis")), []);
});

test("startService() removes uploads that a killed service left", async (t) => {
  const home = await temporaryDirectory(t);
  await mkdir(join(home, "tmp", "upload-dead01"), { recursive: true });
  await writeFile(join(home, "tmp", "upload-dead01", "project.tar.gz"), "half");
  await startHarness(t, { home });
  t.deepEqual(uploadsIn(home), []);
});

function uploadsIn(home: string): readonly string[] {
  const directory = join(home, "tmp");
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith("upload-")) : [];
}

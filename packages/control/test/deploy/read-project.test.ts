import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MillraceError, projectVersion } from "@millrace/core";
import { type RawEntry, rawTar } from "@millrace/fuzz";
import test, { type ExecutionContext } from "ava";
import { type Project, readProject } from "../../src/deploy/read-project.ts";
import { temporaryDirectory } from "../helpers/harness.ts";

const OPTIONS = { configPath: "millrace.yaml", limitBytes: 10_000_000 };
const CONFIG = { path: "millrace.yaml", content: "- name: a\n" };

async function read(t: ExecutionContext, entries: readonly RawEntry[]): Promise<Project> {
  const path = join(await temporaryDirectory(t), "a.tar.gz");
  writeFileSync(path, gzipSync(rawTar(entries)));
  return readProject(path, OPTIONS);
}

test("readProject() returns the same version for the same files, however they are packed", async (t) => {
  const a = { path: "a.py", content: "a" };
  const b = { path: "bin/b.sh", content: "b", mode: 0o755 };
  const one = await read(t, [CONFIG, a, b]);
  const two = await read(t, [{ path: "bin/", type: "5" }, b, { ...a, path: "./a.py" }, CONFIG]);
  const three = await read(t, [CONFIG, a, { ...b, mode: 0o644 }]);
  t.is(projectVersion(one.files, {}), projectVersion(two.files, {}));
  t.not(projectVersion(one.files, {}), projectVersion(three.files, {}));
  t.is(one.configText, CONFIG.content);
  t.deepEqual(
    one.files.map(({ path, executable }) => [path, executable]),
    [
      ["millrace.yaml", false],
      ["a.py", false],
      ["bin/b.sh", true],
    ],
  );
});

test("readProject() refuses what the worker would not unpack, before anything is stored", async (t) => {
  for (const evil of [
    { path: "../evil", content: "x" },
    { path: "l", type: "2", link: "/etc" },
    { path: "MILLRACE.yaml", content: "x" },
  ]) {
    const error = await t.throwsAsync(read(t, [CONFIG, evil]), { instanceOf: MillraceError });
    t.is(error.code, "invalid_archive", evil.path);
  }
});

test("readProject() refuses a configuration that is too large before it is read", async (t) => {
  const error = await t.throwsAsync(read(t, [{ path: "millrace.yaml", content: "#".repeat(2 ** 20 + 1) }]));
  t.regex(error.message, /1048577 bytes, expected a configuration of at most 1048576/);
});

import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import { openLocalWorkerBackend } from "@millrace/backend-local";
import { silentLogger } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { environmentArchive } from "../../src/prepare/environment-archive.ts";
import { cachedEnvironment } from "../../src/prepare/environment-cache.ts";
import { temporaryDirectory } from "./archives.ts";

/** The object store that all machines share, and what one machine does with it. */
async function cluster(t: ExecutionContext) {
  const home = temporaryDirectory(t);
  const backend = await openLocalWorkerBackend({ home, logger: silentLogger });
  t.teardown(() => backend.ledger.close());
  const { objects } = backend;
  const uriOf = (name: string) => objects.apiUri("api", "1", name);
  const said: string[] = [];
  const archive = environmentArchive({ objects, uriOf, signal: new AbortController().signal });
  return {
    said,
    keptFiles: () => {
      const folder = dirname(uriOf("dependencies/x"));
      return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    },
    environment: (root: string, build: (dir: string) => Promise<void>) =>
      cachedEnvironment(
        {
          root,
          key: "k",
          fresh: false,
          archive,
          emit: (event) => {
            if (event.type === "output") said.push(event.text);
          },
        },
        build,
      ),
  };
}

async function install(dir: string): Promise<void> {
  await mkdir(join(dir, "python", "bin"), { recursive: true });
  await writeFile(join(dir, "python", "bin", "tool"), "#!/bin/sh\n");
  await chmod(join(dir, "python", "bin", "tool"), 0o755);
  await symlink("/usr/bin/env", join(dir, "python", "bin", "python"));
  await writeFile(join(dir, "large"), Buffer.alloc(3 << 20, "x"));
}

test("cachedEnvironment() unpacks on a second machine what the first installed, at the same path", async (t) => {
  const { environment, said } = await cluster(t);
  const root = join(temporaryDirectory(t), "envs");
  const first = await environment(root, install);
  await rm(root, { recursive: true });
  const second = await environment(root, async () => t.fail(`installed again: ${said.join("; ")}`));
  t.is(second, first);
  t.is(lstatSync(join(second, "python", "bin", "tool")).mode & 0o777, 0o755);
  t.true(lstatSync(join(second, "python", "bin", "python")).isSymbolicLink());
  t.is(readFileSync(join(second, "large")).byteLength, 3 << 20);
  t.deepEqual(said, ["dependencies come from the version's cache"]);
});

test("cachedEnvironment() installs when the paths of the stored environment would be wrong", async (t) => {
  const { environment, keptFiles } = await cluster(t);
  const [here, there] = [temporaryDirectory(t), temporaryDirectory(t)];
  await environment(here, install);
  const dir = await environment(there, install);
  t.true(dir.startsWith(there));
  t.is(keptFiles().length, 2);
});

test("cachedEnvironment() installs when the stored environment is damaged, and leaves nothing half unpacked", async (t) => {
  const { environment, keptFiles, said } = await cluster(t);
  const root = join(temporaryDirectory(t), "envs");
  await environment(root, install);
  const [kept = ""] = keptFiles();
  const bytes = readFileSync(kept);
  await writeFile(kept, bytes.subarray(0, bytes.byteLength / 2));
  await rm(root, { recursive: true });
  const dir = await environment(root, install);
  t.true(existsSync(join(dir, "large")));
  t.regex(said.join("\n"), /cache of dependencies cannot be used/);
  t.is(readdirSync(join(root, "k")).filter((name) => name.startsWith("install-")).length, 1);
});

test("cachedEnvironment() succeeds even if the installation cannot be stored", async (t) => {
  const said: string[] = [];
  const archive = {
    restore: async () => undefined,
    keep: async () => {
      throw new Error("no space in the bucket");
    },
  };
  const emit = (event: { readonly type: string; readonly text?: string }) => said.push(event.text ?? "");
  const root = temporaryDirectory(t);
  const dir = await cachedEnvironment({ root, key: "k", fresh: false, archive, emit }, install);
  t.true(existsSync(join(dir, "large")));
  t.deepEqual(said, ["dependencies could not be stored for other machines: no space in the bucket"]);
});

test("restore() accepts that tar exits before it reads the padding after the archive", async (t) => {
  const source = temporaryDirectory(t);
  await mkdir(join(source, "install-x"));
  await writeFile(join(source, "install-x", "file"), "x");
  const tar = execFileSync("tar", ["-c", "-C", source, "install-x"]);
  const padding = 4_096;
  async function* stream() {
    // Two frames, the second of nothing but zeros, and late: as from a busy machine.
    yield zstdCompressSync(tar.subarray(0, -padding));
    await delay(300);
    yield zstdCompressSync(tar.subarray(-padding));
  }
  const objects = { stat: async (uri: string) => ({ uri, sizeBytes: 1, version: "1" }), stream } as never;
  const { signal } = new AbortController();
  const home = temporaryDirectory(t);
  const archive = environmentArchive({ objects, uriOf: (name) => name, signal });
  t.is(await archive.restore(home, "k"), "install-x");
  t.is(readFileSync(join(home, "install-x", "file"), "utf8"), "x");
});

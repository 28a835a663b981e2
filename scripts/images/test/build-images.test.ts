import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { LOCK_FILE } from "../base-images.ts";
import { buildImages } from "../build-images.ts";
import { CLEAN_GIT, DIGEST, DIRTY_GIT, fakes, version } from "./fakes.ts";

test("buildImages() passes each Dockerfile with its pinned bases to docker when they are locked", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: "", git: CLEAN_GIT } });
  const names = await buildImages(context, { images: ["control", "worker-gpu"] });
  const tag = `${version}-0123456789ab`;
  t.deepEqual(names, [`millrace/control:${tag}`, `millrace/worker-gpu:${tag}`]);
  const built = (await calls()).filter((call) => call.startsWith("docker buildx build"));
  const common = "docker buildx build --load --provenance=false --platform linux/amd64";
  const labels = `--build-arg VERSION=${tag} --build-arg REVISION=0123456789abcdef0123456789abcdef01234567 .`;
  const node = `--build-arg NODE_IMAGE=docker.io/library/node@${DIGEST}`;
  t.deepEqual(built, [
    `${common} --file images/control/Dockerfile --tag millrace/control:${tag} ${node} ${labels}`,
    `${common} --file images/worker-gpu/Dockerfile --tag millrace/worker-gpu:${tag} ${node} --build-arg CUDA_IMAGE=docker.io/nvidia/cuda@${DIGEST} ${labels}`,
  ]);
});

test("buildImages() marks the tag and names no commit when files differ from it", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: "", git: DIRTY_GIT } });
  const [name = ""] = await buildImages(context, { images: ["control"] });
  t.regex(name, /-0123456789ab-dirty$/);
  t.regex((await calls()).at(-1) ?? "", /--build-arg REVISION= \.$/);
});

test("buildImages() names the ignore file and requests Docker's format when there is only podman", async (t) => {
  const { context, calls } = await fakes(t, { programs: { podman: "" } });
  await buildImages(context, { images: ["worker-cpu"], tag: "trial", platform: "linux/arm64" });
  const call = (await calls()).at(-1) ?? "";
  t.regex(
    call,
    /^podman build --format=docker --ignorefile=images\/worker-cpu\/Dockerfile\.dockerignore --platform linux\/arm64 /,
  );
  t.regex(call, /--tag millrace\/worker-cpu:trial /);
});

test("buildImages() says what to do when the bases are not locked", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: "" }, locked: false });
  await t.throwsAsync(buildImages(context, { images: ["control"], tag: "trial" }), {
    message: /^Cannot read images\/base-images\.lock\.json: missing.*run `npx pnpm@12 images:lock`/,
  });
  t.deepEqual(await calls(), []);
});

test("buildImages() refuses a lock when a different tag is wanted now", async (t) => {
  const { context } = await fakes(t, { programs: { docker: "" } });
  const path = join(context.root, LOCK_FILE);
  await writeFile(path, (await readFile(path, "utf8")).replace(/node:[\d.]+/, "node:24.0.0"));
  await t.throwsAsync(buildImages(context, { images: ["control"], tag: "trial" }), {
    message: /^Cannot use NODE_IMAGE ".*": locked as ".*node:24\.0\.0.*`npx pnpm@12 images:lock`/,
  });
});

test("buildImages() says why no engine can be used when none works", async (t) => {
  const { context } = await fakes(t, {
    programs: { docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' },
  });
  await t.throwsAsync(buildImages(context, { images: ["control"], tag: "trial" }), {
    code: "unavailable",
    message: /Cannot connect to the Docker daemon, start its daemon; podman is not on PATH; install Docker/,
  });
});

test("buildImages() stops at the first image when the engine fails", async (t) => {
  const docker = 'case "$*" in *worker-cpu*) exit 1;; esac';
  const { context, calls } = await fakes(t, { programs: { docker } });
  const images = ["worker-cpu", "worker-gpu"] as const;
  await t.throwsAsync(buildImages(context, { images, tag: "trial" }), {
    message: /^Cannot run "docker buildx build": it ended with exit code 1$/,
  });
  t.false((await calls()).some((call) => call.includes("worker-gpu")));
});

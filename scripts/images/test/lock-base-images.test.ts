import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { LOCK_FILE, pinnedBaseImages } from "../base-images.ts";
import { lockBaseImages } from "../lock-base-images.ts";
import { DIGEST, fakes } from "./fakes.ts";

const DOCKER = `case "$2" in imagetools) echo '{"mediaType":"x","digest":"${DIGEST}"}';; esac`;

test("lockBaseImages() writes a lock that builds accept when docker knows the tags", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: DOCKER }, locked: false });
  await lockBaseImages(context);
  const bases = await pinnedBaseImages(context.root, "worker-cpu");
  t.deepEqual(bases, {
    NODE_IMAGE: `docker.io/library/node@${DIGEST}`,
    PYTHON_IMAGE: `docker.io/library/python@${DIGEST}`,
  });
  const asked = (await calls()).filter((call) => call.includes("imagetools"));
  t.is(asked.length, 3);
  t.regex(asked[0] ?? "", /^docker buildx imagetools inspect docker\.io\/library\/node:\S+ --format /);
});

test("lockBaseImages() asks skopeo when the engine is podman", async (t) => {
  const { context } = await fakes(t, {
    programs: { podman: "", skopeo: `echo ${DIGEST}` },
    locked: false,
  });
  const locked = await lockBaseImages(context, "podman");
  t.true(locked.CUDA_IMAGE?.endsWith(`@${DIGEST}`));
});

test("lockBaseImages() leaves the lock unchanged when a response is not a digest", async (t) => {
  const { context } = await fakes(t, { programs: { podman: "", skopeo: "echo none" } });
  const path = join(context.root, LOCK_FILE);
  const before = await readFile(path, "utf8");
  await t.throwsAsync(lockBaseImages(context), { message: /the registry answered "none", expected sha256/ });
  t.is(await readFile(path, "utf8"), before);
});

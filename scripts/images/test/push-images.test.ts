import test from "ava";
import { pushImages } from "../push-images.ts";
import { CLEAN_GIT, DIGEST, DIRTY_GIT, fakes, version } from "./fakes.ts";

const HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const TARGET = { registry: HOST, cluster: "prod" } as const;
/** Keeps what was pushed; the repository of worker-cpu has the tag from the start. */
const AWS = `
case "$2" in
  get-login-password) echo s3cret;;
  describe-images)
    case "$*" in *worker-cpu*) echo ${DIGEST}; exit;; esac
    if [ -n "$(cat "$LOG.pushed" 2>/dev/null)" ]; then echo ${DIGEST}; exit; fi
    echo "An error occurred (ImageNotFoundException) when calling DescribeImages" >&2; exit 254;;
esac`;
const DOCKER = `
case "$1" in
  login) printf 'docker read %s\\n' "$(cat)" >> "$LOG";;
  push) echo pushed > "$LOG.pushed";;
esac`;

test("pushImages() pushes what is missing and returns all digests when one tag already exists", async (t) => {
  const programs = { docker: DOCKER, aws: AWS, git: CLEAN_GIT };
  const { context, said, calls } = await fakes(t, { programs });
  const pushed = await pushImages(context, { ...TARGET, images: ["control", "worker-cpu"] });
  t.deepEqual(pushed, {
    control: `${HOST}/millrace/prod/control@${DIGEST}`,
    "worker-cpu": `${HOST}/millrace/prod/worker-cpu@${DIGEST}`,
  });
  const asked = await calls();
  t.deepEqual(
    asked.filter((call) => call.startsWith("docker push")),
    [`docker push ${HOST}/millrace/prod/control:${version}-0123456789ab`],
  );
  t.true(said.includes(`millrace/prod/worker-cpu:${version}-0123456789ab is there already`));
});

test("pushImages() passes the password only to the engine's stdin when it logs in", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: DOCKER, aws: AWS } });
  await pushImages(context, { ...TARGET, images: ["control"], tag: "1" });
  const asked = await calls();
  t.true(asked.includes("docker read s3cret"));
  t.deepEqual(
    asked.filter((call) => call.includes("s3cret")),
    ["docker read s3cret"],
  );
  t.true(asked.includes(`docker login --username AWS --password-stdin ${HOST}`));
});

test("pushImages() refuses before any request when files differ from the commit", async (t) => {
  const { context, calls } = await fakes(t, { programs: { docker: "", aws: AWS, git: DIRTY_GIT } });
  await t.throwsAsync(pushImages(context, { ...TARGET, images: ["control"] }), {
    message:
      /^Cannot push "[\d.]+-0123456789ab-dirty": files differ from the commit.*commit, and build again/,
  });
  t.true((await calls()).every((call) => call.startsWith("git ")));
});

test("pushImages() says to build when the image is not in the engine's store", async (t) => {
  const { context } = await fakes(t, { programs: { docker: '[ "$1" != image ]', aws: AWS } });
  await t.throwsAsync(pushImages(context, { ...TARGET, images: ["control"], tag: "1" }), {
    message: /^Cannot push "millrace\/control:1": not built.*`npx pnpm@12 images:build`/,
  });
});

test("pushImages() says to deploy the stack when there is no repository", async (t) => {
  const aws = 'echo "(RepositoryNotFoundException) when calling DescribeImages" >&2; exit 254';
  const { context } = await fakes(t, { programs: { docker: "", aws } });
  await t.throwsAsync(pushImages(context, { ...TARGET, images: ["control"], tag: "1" }), {
    message: /^Cannot look into repository "millrace\/prod\/control": no such repository.*deploy the stack/,
  });
});

for (const [what, options] of [
  ["a registry that is not ECR's", { registry: "docker.io" }],
  ["a cluster's name that no repository has", { cluster: "Prod/x" }],
] as const) {
  test(`pushImages() refuses when given ${what}`, async (t) => {
    const { context } = await fakes(t, { programs: { docker: "", aws: AWS } });
    const push = pushImages(context, { ...TARGET, ...options, images: ["control"], tag: "1" });
    await t.throwsAsync(push, { code: "invalid_request" });
  });
}

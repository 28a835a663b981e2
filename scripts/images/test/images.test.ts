import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { IMAGES, type Image } from "../image.ts";
import { type CarriedOut, carryOut } from "./carry-out.ts";
import { DIGEST } from "./fakes.ts";
import { closedToOthers, developmentPackages, listFiles } from "./image-contents.ts";
import { ended, firstLine, startImage } from "./start-image.ts";

const BASES = {
  NODE_IMAGE: `node@${DIGEST}`,
  PYTHON_IMAGE: `python@${DIGEST}`,
  CUDA_IMAGE: `cuda@${DIGEST}`,
};
const WORKSPACE = [
  "archive",
  "backend-aws",
  "backend-local",
  "core",
  "exact-json",
  "parquet",
  "predictor",
  "process-tree",
  "worker",
];
const WORKER_LEFT_OUT = ["COPY /usr/local/bin/node", "COPY /usr/local/lib/node_modules/npm/"];

/** Any free port, and not open to the network as a container would be. */
const ANYWHERE = { MILLRACE_HOST: "127.0.0.1", MILLRACE_PORT: "0" };

const target = await mkdtemp(join(tmpdir(), "millrace-images-"));
const made = new Map<Image, CarriedOut>();
/** Before anything is started in it: the files of a running service are its user's alone. */
const closed = new Map<Image, readonly string[]>();

// One after the other: the installations compete for the disk.
test.before(async (t) => {
  t.timeout(300_000);
  for (const image of IMAGES) {
    const carriedOut = await carryOut(image, { target: join(target, image), buildArguments: BASES });
    made.set(image, carriedOut);
    closed.set(image, await closedToOthers(carriedOut.folder));
  }
});
test.after.always(() => rm(target, { recursive: true, force: true }));

for (const image of IMAGES) {
  test(`the image ${image} holds the packages that it needs when its Dockerfile is carried out`, async (t) => {
    const { folder, leftOut } = made.get(image) as CarriedOut;
    const expected =
      image === "control" ? [...WORKSPACE, "client", "control", "dashboard"].sort() : WORKSPACE;
    t.deepEqual((await readdir(join(folder, "opt/millrace/packages"))).sort(), expected);
    const setUp = {
      control: "add-user.sh 0700",
      "worker-cpu": "setup-worker.sh",
      "worker-gpu": "setup-worker.sh python3 python3-dev python3-venv",
    };
    const bases = image === "control" ? [] : WORKER_LEFT_OUT;
    t.deepEqual(leftOut, [...bases, `RUN sh /build/${setUp[image]}`]);
  });

  test(`the image ${image} has no tests, nothing for development and nothing closed when its Dockerfile is carried out`, async (t) => {
    const { folder } = made.get(image) as CarriedOut;
    const files = await listFiles(folder);
    const own = [...files.keys()].filter((path) => !path.includes("node_modules/"));
    t.true(own.includes("opt/millrace/packages/worker/src/main.ts"));
    t.deepEqual(
      own.filter((path) => /(^|\/)tests?\/|\.test\.|ava\.config|__pycache__/.test(path)),
      [],
    );
    const store = await readdir(join(folder, "opt/millrace/node_modules/.pnpm"));
    t.true(store.some((name) => name.startsWith("@aws-sdk+client-s3@")));
    const development = (await developmentPackages()).map((name) => `${name.replace("/", "+")}@`);
    t.true(development.includes("ava@"));
    t.deepEqual(
      store.filter((name) => development.some((start) => name.startsWith(start))),
      [],
    );
    t.deepEqual(closed.get(image), []);
    const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
    t.log(`${image}: ${files.size} files, ${(bytes / 1e6).toFixed(1)} MB over its base`);
  });
}

test("the image control says what is missing when it is started on AWS without configuration", async (t) => {
  const { code, stderr } = await ended(await start("control", { MILLRACE_BACKEND: "aws", ...ANYWHERE }));
  t.is(code, 78);
  t.regex(stderr, /Cannot use MILLRACE_AWS_CLUSTER "": expected the cluster/);
});

test("the image control serves, is healthy, and ends at its signal", async (t) => {
  const { folder, instructions } = made.get("control") as CarriedOut;
  const before = await listFiles(folder);
  const child = await start("control", ANYWHERE);
  t.teardown(() => child.kill("SIGKILL"));
  const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(await firstLine(child))?.[1];
  const [, ...check] = instructions.find(({ name }) => name === "HEALTHCHECK")?.exec ?? [];
  const healthy = () => ended(spawn(process.execPath, check, { env: { MILLRACE_PORT: port } }));
  t.is((await healthy()).code, 0);
  // Bundled there and then, of what the image has.
  t.is((await fetch(`http://127.0.0.1:${port}/session/start`)).status, 200);
  child.kill("SIGTERM");
  t.is((await ended(child)).code, 0);
  t.is((await healthy()).code, 1);
  const written = [...(await listFiles(folder)).keys()].filter((path) => !before.has(path));
  t.true(written.length > 0);
  t.deepEqual(
    written.filter((path) => !path.startsWith("var/lib/millrace/")),
    [],
  );
});

for (const image of ["worker-cpu", "worker-gpu"] as const) {
  test(`the image ${image} says what is missing when its command is started on AWS without configuration`, async (t) => {
    const { code, stderr } = await ended(await start(image, { MILLRACE_BACKEND: "aws" }));
    t.not(code, 0);
    t.regex(stderr, /Cannot use MILLRACE_AWS_CLUSTER/);
  });
}

function start(image: Image, env: Readonly<Record<string, string>>) {
  return startImage(made.get(image) as CarriedOut, env);
}

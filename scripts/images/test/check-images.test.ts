import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { checkImages } from "../check-images.ts";
import { dockerfilePath } from "../image.ts";
import { machineEnvironment } from "./carry-out.ts";
import { fakes, repository } from "./fakes.ts";

test.serial("checkImages() finds nothing when it reads this repository's Dockerfiles", async (t) => {
  t.timeout(120_000);
  const context = { root: repository, env: machineEnvironment(), say: t.log };
  t.deepEqual(await checkImages(context), []);
});

test.serial(
  "checkImages() names file, line and rule when its own rules or hadolint's are broken",
  async (t) => {
    t.timeout(120_000);
    const { context } = await fakes(t);
    const path = join(context.root, dockerfilePath("control"));
    const broken = (await readFile(path, "utf8")).replace("STOPSIGNAL SIGTERM", "RUN cd /tmp");
    await writeFile(path, broken);
    // Installed once for both.
    await symlink(join(repository, ".cache"), join(context.root, ".cache"));
    const problems = await checkImages({ ...context, env: machineEnvironment() });
    t.deepEqual(
      problems.map((problem) => problem.replace(/:\d+/, "").split(/:? /).slice(0, 2)),
      [
        ["images/control/Dockerfile", "stop-signal"],
        ["images/control/Dockerfile", "DL3003"],
        ["images/control/Dockerfile", "SC2164"],
      ],
    );
  },
);

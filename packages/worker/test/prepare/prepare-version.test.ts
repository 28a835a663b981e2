import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import test from "ava";
import { predictorEnvironment, readPrepared } from "../../src/prepare/prepared.ts";
import { apiSpec, bench, lastError, PREDICTOR_PY, PREDICTOR_TS } from "./fixtures.ts";

test("prepareVersion() uses the machine's python3 without a venv when there is nothing to install", async (t) => {
  const { prepare, dir } = bench(t);
  const files = { "predictor.py": PREDICTOR_PY, "requirements.txt": "# nothing\n\n" };
  const { ok, events, versionDir } = await prepare("v1", files);
  t.true(ok);
  t.deepEqual(events.at(-1), { type: "prepared" });
  const prepared = await readPrepared(versionDir);
  t.is(prepared.python, "python3");
  t.is(prepared.cwd, join(versionDir, "project"));
  t.false(existsSync(join(dir, "cache")));
});

test("prepareVersion() does nothing for a prepared version, and starts over for an unfinished one", async (t) => {
  const { prepare } = bench(t);
  const files = { "predictor.py": PREDICTOR_PY };
  const { versionDir } = await prepare("v1", files);
  const again = await prepare("v1", files, { archivePath: "/does/not/exist" });
  t.deepEqual(again.events, [{ type: "prepared" }]);
  rmSync(join(versionDir, "prepared.json"));
  writeFileSync(join(versionDir, "project", "half-installed"), "x");
  t.true((await prepare("v1", files)).ok);
  t.false(existsSync(join(versionDir, "project", "half-installed")));
});

test("prepareVersion() loads .env below predictor.env, and hides both from other users and the output", async (t) => {
  const { prepare } = bench(t);
  const predictor = `import os\nassert os.environ["A"] == "from yaml" and os.environ["SECRET"] == "s3cr3t x"\n${PREDICTOR_PY}`;
  const { ok, versionDir, output } = await prepare(
    "v1",
    { "predictor.py": predictor, ".env": 'A=from env\nSECRET="s3cr3t x"\n# comment\n' },
    { spec: apiSpec("python", { env: { A: "from yaml" } }) },
  );
  t.true(ok);
  const prepared = await readPrepared(versionDir);
  t.deepEqual(prepared.env, { A: "from yaml", SECRET: "s3cr3t x" });
  t.is(predictorEnvironment(prepared, { PATH: "/bin" }).PATH, "/bin");
  t.is(statSync(join(versionDir, "prepared.json")).mode & 0o777, 0o600);
  t.false(output.includes("s3cr3t"));
});

test("prepareVersion() throws predictor_not_loadable with the traceback when the module raises", async (t) => {
  const { prepare } = bench(t);
  const { ok, events, versionDir } = await prepare("v1", {
    "predictor.py": "print('hi')\nraise KeyError('boom')\n",
  });
  t.false(ok);
  const error = lastError(events);
  t.is(error.code, "predictor_not_loadable");
  t.regex(String(error.details.traceback), /predictor\.py", line 2/);
  t.false(existsSync(join(versionDir, "prepared.json")));
});

test("prepareVersion() throws predictor_not_loadable when the module exits, has no predictor or is missing", async (t) => {
  const { prepare } = bench(t);
  const kinds = { exits: "import os\nos._exit(3)\n", empty: "", missing: undefined };
  for (const [kind, text] of Object.entries(kinds)) {
    const files: Record<string, string> = text === undefined ? { other: "x" } : { "predictor.py": text };
    const { events } = await prepare(kind, files);
    t.is(lastError(events).code, "predictor_not_loadable", kind);
  }
});

test("prepareVersion() kills a module that hangs while it loads", async (t) => {
  const { prepare } = bench(t);
  const files = { "predictor.py": "import time\nwhile True: time.sleep(1)\n" };
  const { events } = await prepare("v1", files, { loadTimeoutSeconds: 1 });
  const error = lastError(events);
  t.is(error.code, "predictor_not_loadable");
  t.regex(error.message, /more than 1 s/);
});

test("prepareVersion() passes on what is wrong with the archive", async (t) => {
  const { prepare } = bench(t);
  const { events } = await prepare("v1", { "../evil": "x" });
  t.is(lastError(events).code, "invalid_archive");
  t.is(lastError(events).details.entry, "../evil");
});

test("prepareVersion() says how to get conda when there is a conda-packages.txt but no conda", async (t) => {
  const { prepare, dir } = bench(t);
  const bin = join(dir, "bin");
  mkdirSync(bin);
  const files = { "predictor.py": PREDICTOR_PY, "conda-packages.txt": "numpy\n" };
  const PATH = (process.env.PATH ?? "")
    .split(":")
    .filter((entry) => !["conda", "mamba", "micromamba"].some((name) => existsSync(join(entry, name))))
    .join(":");
  const { events } = await prepare("v1", files, { env: { ...process.env, PATH } });
  t.is(lastError(events).code, "dependencies_failed");
  t.regex(lastError(events).message, /conda-packages\.txt needs conda.*Miniforge or micromamba/);
});

test("prepareVersion() runs conda with the package file when there is one", async (t) => {
  const { prepare, dir } = bench(t);
  const bin = join(dir, "bin");
  mkdirSync(bin);
  // A stand-in for conda: it makes the prefix that it is asked for, with this machine's Python in it.
  writeFileSync(
    join(bin, "mamba"),
    '#!/bin/bash\necho "args $*"\ngrep numpy conda-packages.txt\nmkdir -p "$4/bin" && ln -s "$(command -v python3)" "$4/bin/python"\n',
  );
  chmodSync(join(bin, "mamba"), 0o755);
  const files = { "predictor.py": PREDICTOR_PY, "conda-packages.txt": "numpy\n" };
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { ok, output, versionDir } = await prepare("v1", files, { env });
  t.true(ok, output);
  t.regex(output, /args create --yes --prefix \S+ --file conda-packages\.txt python pip\nnumpy/);
  const prepared = await readPrepared(versionDir);
  t.is(prepared.env.CONDA_PREFIX, prepared.binDirs[0]?.replace(/\/bin$/, ""));
});

test("prepareVersion() links a shared node_modules and installs it once for equal dependency files", async (t) => {
  const { prepare, dir } = bench(t);
  const bin = join(dir, "bin");
  mkdirSync(bin);
  // A stand-in for npm, which needs a registry for what it shares.
  writeFileSync(
    join(bin, "npm"),
    '#!/bin/bash\necho "npm $1 $2"\nmkdir -p node_modules/dep\necho \'{"name":"dep","main":"i.js"}\' > node_modules/dep/package.json\necho "module.exports = 5" > node_modules/dep/i.js\n',
  );
  chmodSync(join(bin, "npm"), 0o755);
  const options = {
    spec: apiSpec("typescript"),
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  };
  const files = {
    "predictor.ts": `import five from "dep";\nif (five !== 5) throw new Error("no");\n${PREDICTOR_TS}`,
    "package.json": '{"type":"module","dependencies":{"dep":"1.0.0"}}',
    "package-lock.json": '{"lockfileVersion":3}',
  };
  const first = await prepare("v1", files, options);
  t.true(first.ok, first.output);
  t.regex(first.output, /npm ci --no-audit/);
  const second = await prepare(
    "v2",
    { ...files, "predictor.ts": `${files["predictor.ts"]}// v2\n` },
    options,
  );
  t.true(second.ok, second.output);
  t.notRegex(second.output, /npm ci/);
  const other = await prepare("v3", { ...files, "package-lock.json": '{"lockfileVersion":2}' }, options);
  t.regex(other.output, /npm ci/);
  const fresh = await prepare("v2", files, { ...options, fresh: true });
  t.true(fresh.ok, fresh.output);
  t.regex(fresh.output, /npm ci/);
});

test("prepareVersion() installs a local file: dependency with npm into the project", async (t) => {
  const { prepare } = bench(t);
  const files = {
    "predictor.ts": `import five from "local-five";\nif (five !== 5) throw new Error("no");\n${PREDICTOR_TS}`,
    "package.json": '{"type":"module","dependencies":{"local-five":"file:./five"}}',
    "five/package.json": '{"name":"local-five","version":"1.0.0","main":"index.js","type":"module"}',
    "five/index.js": "export default 5;\n",
  };
  const { ok, output, versionDir } = await prepare("v1", files, { spec: apiSpec("typescript") });
  t.true(ok, output);
  t.regex(output, /npm install/);
  t.true(existsSync(join(versionDir, "project", "node_modules", "local-five", "index.js")));
});

test.serial(
  "prepareVersion() installs a local package with pip after dependencies.sh, once, in a venv",
  async (t) => {
    const { prepare } = bench(t);
    const files = {
      "predictor.py": `import five, os\nassert five.VALUE == 5 and os.path.exists("made-by-script")\n${PREDICTOR_PY}`,
      "dependencies.sh":
        'echo "script in $(basename "$PWD") with $VIRTUAL_ENV and $FROM_ENV" && touch made-by-script\n',
      "requirements.txt": "./five  # local\n",
      ".env": "FROM_ENV=yes\n",
      "five/pyproject.toml":
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "five"\nversion = "1"\n',
      "five/backend.py": BACKEND,
    };
    const { ok, output, versionDir } = await prepare("v1", files);
    t.true(ok, output);
    t.regex(output, /script in project with \/\S+ and yes/);
    t.true(output.indexOf("script in project") < output.indexOf("Successfully installed five"));
    const prepared = await readPrepared(versionDir);
    t.true(prepared.python?.startsWith(versionDir));
    t.is(prepared.env.VIRTUAL_ENV, prepared.python?.replace("/bin/python", ""));
  },
);

test.serial(
  "prepareVersion() shares a venv between versions, also when both are prepared at once",
  async (t) => {
    const { prepare, dir } = bench(t);
    // pip is in every venv: nothing is downloaded.
    const files = { "predictor.py": PREDICTOR_PY, "requirements.txt": "pip\n" };
    const [one, two] = await Promise.all([
      prepare("v1", files),
      prepare("v2", { ...files, "predictor.py": `${PREDICTOR_PY}# v2\n` }),
    ]);
    t.true(one.ok && two.ok, one.output + two.output);
    t.regex(one.output + two.output, /waiting for another installation/);
    t.is((await readPrepared(one.versionDir)).python, (await readPrepared(two.versionDir)).python);
    const [key] = readdirSync(join(dir, "cache", "envs"));
    const installs = readdirSync(join(dir, "cache", "envs", key ?? "")).filter((name) =>
      name.startsWith("install-"),
    );
    t.is(installs.length, 1);
    // Emptying the cache is allowed: it is made again.
    rmSync(join(dir, "cache"), { recursive: true });
    const again = await prepare("v1", files);
    t.true(again.ok, again.output);
    t.true(existsSync((await readPrepared(again.versionDir)).python ?? ""));
  },
);

test.serial(
  "prepareVersion() throws dependencies_failed with the step, exit code and last lines",
  async (t) => {
    const { prepare, dir } = bench(t);
    const spec = apiSpec("typescript");
    const script = "for i in $(seq 30); do echo line $i; done\necho the reason >&2\nexit 7\n";
    const { events, versionDir } = await prepare(
      "v1",
      { "predictor.ts": PREDICTOR_TS, "dependencies.sh": script },
      { spec },
    );
    const error = lastError(events);
    t.is(error.code, "dependencies_failed");
    t.regex(error.message, /dependencies\.sh failed with exit code 7/);
    t.is(error.details.step, "dependencies.sh");
    t.is(error.details.exit_code, 7);
    t.true((error.details.last_lines as string[]).includes("the reason"));
    t.is((error.details.last_lines as string[]).length, 20);
    t.false(existsSync(join(versionDir, "prepared.json")));
    t.false(existsSync(join(dir, "cache", "envs")));
  },
);

test.serial("prepareVersion() ends what it runs when its signal aborts", async (t) => {
  const { prepare, dir } = bench(t);
  const controller = new AbortController();
  const script = `echo started\nsleep 600 & echo $! > ${dir}/sleep.pid\nwait\n`;
  const { events } = await prepare(
    "v1",
    { "predictor.ts": PREDICTOR_TS, "dependencies.sh": script },
    {
      spec: apiSpec("typescript"),
      signal: controller.signal,
      emit: (event) => {
        if (event.type === "output" && event.text === "started") setTimeout(() => controller.abort(), 200);
      },
    },
  );
  t.is(lastError(events).code, "unavailable");
  const pid = Number(readFileSync(join(dir, "sleep.pid"), "utf8"));
  const deadlineMs = performance.now() + 180_000;
  while (isRunning(pid) && performance.now() < deadlineMs) await delay(20);
  t.false(isRunning(pid));
});

/** False for a zombie, too: it waits only for a parent to take note. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A build backend without dependencies: pip would download one otherwise. */
const BACKEND = `import zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "five-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel_directory + "/" + name, "w") as wheel:
        wheel.writestr("five.py", "VALUE = 5\\n")
        wheel.writestr("five-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: five\\nVersion: 1\\n")
        wheel.writestr("five-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("five-1.dist-info/RECORD", "")
    return name
`;

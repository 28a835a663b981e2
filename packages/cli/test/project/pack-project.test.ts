import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { list, type ReadEntry } from "tar";
import { packProject } from "../../src/project/pack-project.ts";
import { UserError } from "../../src/user-error.ts";
import { temporaryDirectory } from "../harness.ts";

async function pack(
  dir: string,
  options: { readonly limitBytes?: number; readonly limitFiles?: number } = {},
) {
  const archivePath = join(dir, "..", `${Math.random()}.tar.gz`);
  await packProject(dir, { always: "millrace.yaml", archivePath, ...options });
  const entries: ReadEntry[] = [];
  await list({ file: archivePath, strict: true, onReadEntry: (entry) => void entries.push(entry) });
  return { paths: entries.map(({ path }) => path), entries, bytes: readFileSync(archivePath) };
}

function project(
  t: Parameters<typeof temporaryDirectory>[0],
  files: Readonly<Record<string, string>>,
): string {
  const prefixed = Object.fromEntries(Object.entries(files).map(([path, text]) => [`p/${path}`, text]));
  return join(temporaryDirectory(t, { "p/millrace.yaml": "", ...prefixed }), "p");
}

test("packProject() leaves out dot-files except .env, byte code and node_modules, and packs everything else", async (t) => {
  const dir = project(t, {
    "a.py": "",
    "lib/b.py": "",
    "lib/__pycache__/b.pyc": "",
    "c.pyc": "",
    ".env": "",
    ".git/config": "",
    ".hidden": "",
    "lib/.env": "",
    "node_modules/x/i.js": "",
    "lib/node_modules/y.js": "",
    "@scope/f": "",
    "ünï code": "",
    "-dash": "",
  });
  t.deepEqual((await pack(dir)).paths, [
    "-dash",
    ".env",
    "./@scope/f",
    "a.py",
    "lib/.env",
    "lib/b.py",
    "millrace.yaml",
    "ünï code",
  ]);
});

test("packProject() follows both ignore files in gitignore's syntax, but keeps the configuration", async (t) => {
  const dir = project(t, {
    ".cortexignore": "*.bin\n/top\n",
    ".millraceignore": "# all YAML\n*.yaml\ndata/\n!keep.bin\n!.config\n",
    "a.bin": "",
    "keep.bin": "",
    top: "",
    "sub/top": "",
    "data/x": "",
    "sub/data/y": "",
    "other.yaml": "",
    ".config": "",
  });
  t.deepEqual((await pack(dir)).paths, [".config", "keep.bin", "millrace.yaml", "sub/top"]);
});

test("packProject() returns the same bytes at any time, with fixed times and no owner", async (t) => {
  const dir = project(t, { "a.py": "text", "run.sh": "" });
  chmodSync(join(dir, "run.sh"), 0o755);
  const first = await pack(dir);
  utimesSync(join(dir, "a.py"), 1, 1);
  const second = await pack(dir);
  t.true(first.bytes.equals(second.bytes));
  t.deepEqual(
    first.entries.map(({ mtime, uid, uname }) => [mtime?.getTime(), uid, uname ?? ""]),
    first.paths.map(() => [0, undefined, ""]),
  );
  t.is((first.entries[2]?.mode ?? 0) & 0o100, 0o100);
});

test("packProject() packs a link to a file of the project, and hard links, as files", async (t) => {
  const dir = project(t, { "real.py": "content" });
  symlinkSync("real.py", join(dir, "soft.py"));
  linkSync(join(dir, "real.py"), join(dir, "hard.py"));
  const { entries } = await pack(dir);
  t.deepEqual(
    entries.map(({ path, type, size }) => [path, type, size]),
    [
      ["hard.py", "File", 7],
      ["millrace.yaml", "File", 0],
      ["real.py", "File", 7],
      ["soft.py", "File", 7],
    ],
  );
});

test("packProject() refuses other links and kinds of files, and names them", async (t) => {
  const cases: readonly (readonly [string, (dir: string) => void, RegExp])[] = [
    [
      "out",
      (dir) => symlinkSync("/etc/hostname", join(dir, "l")),
      /Cannot pack "l": it is a link out of the project/,
    ],
    ["dangling", (dir) => symlinkSync("nowhere", join(dir, "l")), /"l": it is a broken link/],
    [
      "directory",
      (dir) => {
        mkdirSync(join(dir, "d"));
        symlinkSync("d", join(dir, "l"));
      },
      /"l": it is a link to a directory/,
    ],
    [
      "pipe",
      (dir) => void execFileSync("mkfifo", [join(dir, "l")]),
      /"l": it is neither a file nor a directory/,
    ],
  ];
  for (const [name, make, message] of cases) {
    const dir = project(t, {});
    make(dir);
    const error = await t.throwsAsync(pack(dir), { instanceOf: UserError }, name);
    t.regex(error?.message ?? "", message);
    t.regex(error?.hint ?? "", /"\/l" in \.millraceignore/);
  }
});

test("packProject() names the biggest files and the ignore file when its limits are exceeded", async (t) => {
  const dir = project(t, { big: "x".repeat(3_000), small: "x", "data/bigger": "x".repeat(5_000) });
  const error = await t.throwsAsync(pack(dir, { limitBytes: 4_000 }), { instanceOf: UserError });
  t.regex(
    error.message,
    /7\.8 KiB, expected at most 3\.9 KiB; the biggest files: data\/bigger \(4\.9 KiB\), big \(2\.9 KiB\)/,
  );
  t.regex(error.hint ?? "", /\.millraceignore/);
  await t.throwsAsync(pack(dir, { limitFiles: 3 }), { message: /over 3 files/ });
});

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { pythonWith } from "../src/mod.ts";

test("pythonWith() installs once, and again over an installation that was interrupted", async (t) => {
  const cacheDirectory = mkdtempSync(join(tmpdir(), "millrace-python-"));
  t.teardown(() => rmSync(cacheDirectory, { recursive: true, force: true }));
  const options = { cacheDirectory, name: "small" };
  const venv = join(cacheDirectory, "small");
  const pythons = await Promise.all([pythonWith("idna==3.10", options), pythonWith("idna==3.10", options)]);
  t.is(pythons[0], pythons[1]);
  // As a Ctrl-C leaves it: pip's files are there, but not its program.
  for (const name of readdirSync(join(venv, "bin")))
    if (name.startsWith("pip")) rmSync(join(venv, "bin", name));
  rmSync(join(venv, "installed"));
  const python = await pythonWith("idna==3.10", options);
  execFileSync(python, ["-c", "import idna"]);
  t.true(existsSync(join(venv, "installed")));
});

import { execFile, execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { COMPLETION_SCRIPTS } from "../../src/completion/scripts.ts";
import { fakeService, TOKEN, temporaryDirectory } from "../harness.ts";
import { API } from "../views.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

/** A real shell with the real command on its PATH; undefined where there is no such shell. */
async function shell(t: ExecutionContext, name: keyof typeof COMPLETION_SCRIPTS) {
  // Every line is completed by the real command, several processes each.
  t.timeout(120_000);
  const { url } = await fakeService(t, { "GET /apis": { apis: [API] } });
  const dir = temporaryDirectory(t, {
    "bin/millrace": `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`,
    "data/a b.json": "{}",
    "data/sub/x": "",
  });
  chmodSync(join(dir, "bin", "millrace"), 0o755);
  const env = {
    PATH: `${join(dir, "bin")}:${process.env.PATH}`,
    HOME: dir,
    TERM: "xterm",
    MILLRACE_URL: url,
    MILLRACE_TOKEN: TOKEN,
  };
  return async (script: string): Promise<readonly string[]> => {
    const flags = { bash: ["--norc", "-c"], zsh: ["-f", "-c"], fish: ["--no-config", "-c"] }[name];
    const { stdout } = await promisify(execFile)(name, [...flags, script], {
      cwd: dir,
      env,
      timeout: 60_000,
    });
    return stdout.split("\n").filter((line) => line !== "");
  };
}

function isInstalled(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const inBash = isInstalled("bash") ? test : test.skip;
const inZsh = isInstalled("zsh") ? test : test.skip;
const inFish = isInstalled("fish") ? test : test.skip;

inBash(
  "completion bash completes verbs, APIs, values behind an equals sign, and paths with spaces",
  async (t) => {
    const run = await shell(t, "bash");
    const complete = (...words: readonly string[]) =>
      run(`eval "$(millrace completion bash)"
      COMP_WORDS=(millrace ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
      _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`);
    t.deepEqual(await complete("sub"), ["submit"]);
    t.deepEqual(await complete("get", ""), ["sum"]);
    t.deepEqual(await complete("jobs", "--format", "=", "j"), ["json"]);
    // So it is where COMP_WORDBREAKS has no equals sign.
    t.deepEqual(await complete("jobs", "--format=j"), ["--format=json"]);
    t.deepEqual((await complete("deploy", "data/")).toSorted(), ["data/a b.json", "data/sub"]);
    t.deepEqual(await complete("get", "--home", "data/"), ["data/sub"]);
  },
);

inZsh("completion zsh completes in a terminal, loaded by eval", async (t) => {
  const run = await shell(t, "zsh");
  // A second key says what the line is by then: the line editor draws only what is new.
  const completed = async (text: string) => {
    const shown = await run(`zmodload zsh/zpty
      zpty z zsh -f
      zpty -w z 'autoload -Uz compinit; compinit -u; eval "$(millrace completion zsh)"'
      zpty -w z 'show() { print -r -- "line=[$BUFFER]" }; zle -N show; bindkey "^X" show; echo load"ed"'
      zpty -r z out '*loaded*'
      zpty -w -n z $'${text}\\t\\x18'
      zpty -r z out '*line=\\[*\\]*' && print -r -- "$out"`);
    return /line=\[(.*)\]/.exec(shown.join("\n"))?.[1];
  };
  t.is(await completed("millrace sub"), "millrace submit ");
  t.is(await completed("millrace get su"), "millrace get sum ");
  t.is(await completed("millrace jobs --format=j"), "millrace jobs --format=json ");
});

inFish("completion fish completes with descriptions, and paths", async (t) => {
  const run = await shell(t, "fish");
  const complete = (line: string) => run(`millrace completion fish | source; complete -C '${line}'`);
  t.deepEqual(await complete("millrace sub"), [
    "submit\tsubmit a job: a file with a submission, flags, or both (flags win)",
  ]);
  t.deepEqual(await complete("millrace get "), ["sum\tpython"]);
  t.deepEqual(await complete("millrace jobs --format=j"), ["--format=json"]);
  t.true((await complete("millrace deploy data/")).some((line) => line.startsWith("data/a b.json")));
});

test("every script starts with how to install it", (t) => {
  for (const [name, script] of Object.entries(COMPLETION_SCRIPTS)) {
    t.true(script.slice(0, 200).includes(`millrace completion ${name}`), name);
  }
});

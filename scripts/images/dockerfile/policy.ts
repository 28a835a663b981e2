import { assignments, type Dockerfile, type Instruction, type Stage } from "./parse-dockerfile.ts";

/** A violation of the rules for this repository's Dockerfiles. */
export interface Problem {
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

type Rule = (file: Dockerfile) => Iterable<Omit<Problem, "rule">>;

const SECRET = /(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|ACCESS_?KEY|PRIVATE_?KEY|API_?KEY)/i;
const CHANGES_FILES = new Set(["RUN", "COPY", "ADD", "WORKDIR"]);

/** The rules by name; tests show that each can fail. */
export const RULES: Readonly<Record<string, Rule>> = {
  "base-pinned": basePinned,
  "no-remote-add": function* ({ stages }) {
    for (const { line, text } of named(stages, "ADD")) {
      if (/\b[a-z+]+:\/\/|\bgit@/i.test(text)) yield { line, message: "ADD of a URL, expected COPY" };
    }
  },
  "no-secrets": function* ({ args, stages }) {
    const inStages = named(stages, "ENV", "ARG").flatMap(({ line, text }) =>
      [...assignments(text).keys()].map((name) => ({ line, name })),
    );
    for (const { line, name } of [...[...args.keys()].map((name) => ({ line: 1, name })), ...inStages]) {
      if (SECRET.test(name)) yield { line, message: `"${name}" stays readable in the image's history` };
    }
  },
  "exec-form": function* ({ stages }) {
    for (const { name, line, text, exec } of named(stages, "ENTRYPOINT", "CMD", "HEALTHCHECK")) {
      if (exec === undefined && text !== "NONE") {
        yield {
          line,
          message: `${name} in shell form, expected a JSON array: a shell keeps SIGTERM to itself`,
        };
      }
    }
    const last = final(stages);
    if (!last.instructions.some(({ name, text }) => /^(ENTRYPOINT|CMD)$/.test(name) && text !== "[]"))
      yield { line: last.line, message: "the image starts nothing, expected ENTRYPOINT or CMD" };
  },
  "not-root": function* ({ stages }) {
    const last = final(stages);
    const user = last.instructions.findLast(({ name }) => name === "USER");
    if (user === undefined) yield { line: last.line, message: "no USER, expected a number that is not 0" };
    else if (!/^[1-9]\d*:[1-9]\d*$/.test(user.text))
      yield {
        line: user.line,
        message: `USER ${user.text}, expected <uid>:<gid> in numbers, none of them 0`,
      };
  },
  "user-last": function* ({ stages }) {
    const { instructions } = final(stages);
    const user = instructions.findLastIndex(({ name }) => name === "USER");
    if (user < 0) return;
    for (const { name, line } of instructions.slice(user).filter(({ name }) => CHANGES_FILES.has(name))) {
      yield { line, message: `${name} after USER: the image's user could change what it runs` };
    }
  },
  "stop-signal": function* ({ stages }) {
    const last = final(stages);
    const signal = last.instructions.findLast(({ name }) => name === "STOPSIGNAL");
    if (signal?.text !== "SIGTERM") {
      yield {
        line: signal?.line ?? last.line,
        message: "expected STOPSIGNAL SIGTERM, whatever the base says",
      };
    }
  },
};

/** A Dockerfile's violations, in line order. */
export function checkPolicy(file: Dockerfile): readonly Problem[] {
  const problems = Object.entries(RULES).flatMap(([rule, check]) =>
    [...check(file)].map((problem) => ({ ...problem, rule })),
  );
  return problems.sort((left, right) => left.line - right.line);
}

/** Base images and images to copy from must be stages, digests, or arguments that the build itself checks. */
function* basePinned({ args, stages }: Dockerfile): Iterable<Omit<Problem, "rule">> {
  const checked = new Set(
    named(stages, "RUN")
      .filter(({ text }) => text.includes("require-digests.sh"))
      .flatMap(({ text }) => text.split(/\s+/)),
  );
  const copied = named(stages, "COPY", "RUN").flatMap(({ line, flags }) =>
    flags.flatMap((flag) => /(?:^|,)from=([^,]+)/.exec(flag)?.[1] ?? []).map((from) => ({ line, from })),
  );
  const names = new Set(stages.map(({ name }) => name));
  for (const { line, from } of [...stages, ...copied]) {
    const argument = /^\$\{?(\w+)\}?$/.exec(from)?.[1];
    if (names.has(from) || from === "scratch" || /@sha256:[0-9a-f]{64}$/.test(from)) continue;
    if (argument === undefined)
      yield { line, message: `"${from}", expected @sha256:<digest>, or an argument` };
    else if (!args.has(argument)) yield { line, message: `"${from}", expected an ARG before the first FROM` };
    else if (args.get(argument) !== undefined)
      yield { line, message: `ARG ${argument} has a default, which nobody would bring up to date` };
    else if (!checked.has(argument))
      yield { line, message: `expected a RUN of require-digests.sh with ${argument}` };
  }
}

function named(stages: readonly Stage[], ...names: readonly string[]): readonly Instruction[] {
  return stages.flatMap(({ instructions }) => instructions.filter(({ name }) => names.includes(name)));
}

function final(stages: readonly Stage[]): Stage {
  return stages.at(-1) as Stage;
}

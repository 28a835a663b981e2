import test from "ava";
import { assignments, parseDockerfile } from "../../dockerfile/parse-dockerfile.ts";

test("parseDockerfile() joins continued lines and skips comments between them when an instruction is long", (t) => {
  const { stages } = parseDockerfile(
    "FROM a AS b\n# why\nRUN --mount=x --network=none \\\n  # not this\n  one \\\n  two\n",
  );
  const [run] = stages[0]?.instructions ?? [];
  t.like(run, { name: "RUN", flags: ["mount=x", "network=none"], text: "one two", line: 3 });
});

test("parseDockerfile() distinguishes exec form from shell form when a command is given", (t) => {
  const { stages } = parseDockerfile(
    'FROM a\nCMD ["x", "y z"]\nENTRYPOINT x "y"\nHEALTHCHECK --interval=1s CMD ["h"]\nENTRYPOINT []\n',
  );
  const forms = stages[0]?.instructions.map(({ exec }) => exec);
  t.deepEqual(forms, [["x", "y z"], undefined, ["h"], []]);
});

test("parseDockerfile() keeps the arguments before the first FROM apart when stages have their own", (t) => {
  const { args, stages } = parseDockerfile("ARG A\nARG B=1\nFROM $A\nARG A\nFROM $B AS last\n");
  t.deepEqual(
    [...args],
    [
      ["A", undefined],
      ["B", "1"],
    ],
  );
  t.deepEqual(
    stages.map(({ from, name }) => [from, name]),
    [
      ["$A", undefined],
      ["$B", "last"],
    ],
  );
});

for (const [what, text, message] of [
  ["unknown instruction", "FROM a\nRUNS x\n", /line 2: "RUNS"/],
  ["here-document", "FROM a\nRUN <<E\nx\nE\n", /line 2: a here-document/],
  ["continuation without an end", "FROM a\nRUN x \\\n", /line 2: it is continued/],
  ["file without FROM", "ARG A\n", /no FROM/],
] as const) {
  test(`parseDockerfile() names the line when there is a ${what}`, (t) => {
    t.throws(() => parseDockerfile(text), { code: "malformed_input", message });
  });
}

test("assignments() removes quotes when values have them", (t) => {
  t.deepEqual(
    [...assignments(`A=1   B="two words" C='x'`)],
    [
      ["A", "1"],
      ["B", "two words"],
      ["C", "x"],
    ],
  );
});

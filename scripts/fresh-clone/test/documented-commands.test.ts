import test from "ava";
import { documentedCommands } from "../documented-commands.ts";

const textsOf = (markdown: string) => documentedCommands("a.md", markdown).map(({ text }) => text);

test("documentedCommands() returns each line of a shell block, without empty lines and comments", (t) => {
  const page = [
    "# A",
    "",
    "```sh",
    "# first",
    "npx pnpm@12 demo    # runs it",
    "",
    "cd a && b",
    "```",
    "cd c",
  ];
  t.deepEqual(documentedCommands("docs/a.md", page.join("\n")), [
    { page: "docs/a.md", line: 5, text: "npx pnpm@12 demo", kind: "shell" },
    { page: "docs/a.md", line: 7, text: "cd a && b", kind: "shell" },
  ]);
});

test("documentedCommands() returns console lines after a prompt, without their output", (t) => {
  const commands = documentedCommands(
    "a.md",
    "```console\n$ millrace up\nmillrace is ready\n$ echo $?\n0\n```",
  );
  t.deepEqual(
    commands.map(({ text, kind }) => [text, kind]),
    [
      ["millrace up", "console"],
      ["echo $?", "console"],
    ],
  );
});

test("documentedCommands() joins a command of several lines, at its first line", (t) => {
  const [command, ...others] = documentedCommands("a.md", '```sh\ncurl $URL \\\n  -d "x" \\\n  -N\n```');
  t.deepEqual([command?.line, command?.text, others], [2, 'curl $URL -d "x" -N', []]);
});

test("documentedCommands() finds blocks in lists and with other fences, but not in other languages", (t) => {
  t.deepEqual(
    textsOf("- a\n\n  ```sh\n  one x\n  ```\n\n~~~bash\ntwo\n~~~\n\n```text\n$ three\n```\n\n```\nfour\n```"),
    ["one x", "two"],
  );
});

test("documentedCommands() finds inline code that is a program with arguments", (t) => {
  const page =
    "Run `npx pnpm@12 docs`, ``pnpm chaos`` or `A=1 ava x`; `millrace` and `node_modules` are words. <!-- `cd x` -->";
  t.deepEqual(documentedCommands("a.md", page), [
    { page: "a.md", line: 1, text: "npx pnpm@12 docs", kind: "inline" },
    { page: "a.md", line: 1, text: "pnpm chaos", kind: "inline" },
    { page: "a.md", line: 1, text: "A=1 ava x", kind: "inline" },
  ]);
});

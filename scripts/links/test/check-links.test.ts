import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { checkLinks } from "../check-links.ts";

/** The problems of a repository of these files; its index names the pages `docs/a.md` and `docs/b.md`. */
async function problemsOf(t: ExecutionContext, files: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), "millrace-links-"));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const all = {
    "docs/index.md": "- [a](a.md)\n- [b](b.md)",
    "docs/a.md": "# A",
    "docs/b.md": "# B",
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return (await checkLinks(root)).problems;
}

test("checkLinks() accepts links to files, folders, headings and https addresses", async (t) => {
  const problems = await problemsOf(t, {
    "README.md": [
      "# Top",
      "[page](docs/a.md) [heading](docs/a.md#one-thing-v2) [own](#top) [folder](docs) ![picture](docs/x.png)",
      "[address](https://example.com/docs) <https://example.com> [titled](docs/b.md 'B')",
      '[reference][b] <img src="docs/x.png">',
      "[b]: docs/b.md#the-on_end-hook",
    ].join("\n"),
    "docs/a.md": "# A\n\n## One thing (v2)",
    "docs/b.md": "# B\n\n## The `on_end` hook\n\n## Twice\n\n## Twice\n\n[second](#twice-1)",
    "docs/x.png": "",
  });
  t.deepEqual(problems, []);
});

test("checkLinks() names file and line of a link to a missing file or picture", async (t) => {
  const problems = await problemsOf(t, {
    "docs/a.md": "# A\n\n[gone](how-to/gone.md) ![gone](images/gone.png)",
  });
  t.deepEqual(problems, [
    'docs/a.md:3: how-to/gone.md: there is no file "docs/how-to/gone.md"',
    'docs/a.md:3: images/gone.png: there is no file "docs/images/gone.png"',
  ]);
});

test("checkLinks() names an anchor that is not a heading", async (t) => {
  const problems = await problemsOf(t, {
    "docs/a.md": "# A\n[b](b.md#b) [b](b.md#c) [own](#d)",
    "docs/b.md": "# B\n```sh\n# c\n```",
  });
  t.deepEqual(problems, [
    'docs/a.md:2: b.md#c: there is no heading "#c" in "docs/b.md"',
    'docs/a.md:2: #d: there is no heading "#d" in "docs/a.md"',
  ]);
});

test("checkLinks() refuses addresses that are not https, or pages of the repository", async (t) => {
  const problems = await problemsOf(t, {
    "docs/a.md": "[x](http://example.com) [y](https://example.com/repo/docs/b.md) [z](/docs/b.md)",
  });
  t.deepEqual(problems, [
    'docs/a.md:1: http://example.com: has the scheme "http:", expected "https:"',
    'docs/a.md:1: https://example.com/repo/docs/b.md: is a page of this repository: link "docs/b.md" itself',
    "docs/a.md:1: /docs/b.md: is absolute, which is another place on every site; write it relative",
  ]);
});

test("checkLinks() ignores code, comments and installed packages", async (t) => {
  const problems = await problemsOf(t, {
    "docs/a.md": "`[x](gone.md)`\n\n````md\n```\n[x](gone.md)\n```\n````\n<!-- [x](gone.md) -->",
    "node_modules/p/README.md": "[x](gone.md)",
    "docs/node_modules/p/README.md": "[x](gone.md)",
    ".cache/README.md": "[x](gone.md)",
  });
  t.deepEqual(problems, []);
});

test("checkLinks() names a page of docs that is missing in the index", async (t) => {
  t.deepEqual(await problemsOf(t, { "docs/how-to/c.md": "# C" }), [
    "docs/how-to/c.md: is not named in docs/index.md",
  ]);
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { parseDockerfile } from "../../dockerfile/parse-dockerfile.ts";
import { checkPolicy, RULES } from "../../dockerfile/policy.ts";
import { dockerfilePath, IMAGES } from "../../image.ts";
import { repository } from "../fakes.ts";

for (const image of IMAGES) {
  test(`checkPolicy() finds nothing when it reads the Dockerfile of ${image}`, async (t) => {
    const text = await readFile(join(repository, dockerfilePath(image)), "utf8");
    t.deepEqual(checkPolicy(parseDockerfile(text)), []);
  });
}

const GOOD = `ARG NODE_IMAGE
FROM \${NODE_IMAGE} AS build
ARG NODE_IMAGE
RUN sh /build/require-digests.sh NODE_IMAGE
FROM \${NODE_IMAGE}
COPY --from=build /a /a
STOPSIGNAL SIGTERM
USER 10001:10001
CMD ["node"]
`;

/** The rule, what is done against it, and in which lines that shows. */
const BROKEN: readonly (readonly [string, string, (good: string) => string, ...number[]])[] = [
  ["base-pinned", "a base has a tag", (good) => good.replace(/FROM \S+\n/, "FROM node:24\n"), 5],
  ["base-pinned", "a base is the latest", (good) => good.replace(/FROM \S+\n/, "FROM node:latest\n"), 5],
  [
    "base-pinned",
    "an argument has a default",
    (good) => good.replace("ARG NODE_IMAGE\n", "ARG NODE_IMAGE=node\n"),
    2,
    5,
  ],
  ["base-pinned", "nothing checks an argument", (good) => good.replace(/RUN .*/, "RUN true"), 2, 5],
  ["base-pinned", "files come from a tag", (good) => good.replace("--from=build", "--from=node:24"), 6],
  [
    "base-pinned",
    "a mount comes from a tag",
    (good) => good.replace("RUN", "RUN --mount=type=bind,from=node:24"),
    4,
  ],
  [
    "no-remote-add",
    "ADD fetches a URL",
    (good) => good.replace("COPY --from=build /a", "ADD https://example.com/a"),
    6,
  ],
  ["no-secrets", "an argument is a secret", (good) => good.replace("STOP", "ARG NPM_TOKEN\nSTOP"), 7],
  ["no-secrets", "a variable is a secret", (good) => good.replace("STOP", "ENV A=1 DB_PASSWORD=x\nSTOP"), 7],
  ["exec-form", "CMD is a shell's", (good) => good.replace('["node"]', "node"), 9],
  [
    "exec-form",
    "HEALTHCHECK is a shell's",
    (good) => `${good}HEALTHCHECK --interval=1s CMD curl localhost\n`,
    10,
  ],
  ["exec-form", "nothing is started", (good) => good.replace(/CMD .*\n/, "ENTRYPOINT []\n"), 5],
  ["not-root", "no user is named", (good) => good.replace(/USER .*\n/, ""), 5],
  ["not-root", "the user is root", (good) => good.replace("10001:10001", "0:0"), 8],
  ["not-root", "the user is a name", (good) => good.replace("10001:10001", "node"), 8],
  ["user-last", "a file is copied after USER", (good) => `${good}COPY a a\n`, 10],
  ["stop-signal", "no signal is named", (good) => good.replace(/STOPSIGNAL .*\n/, ""), 5],
];

test("checkPolicy() finds nothing when a Dockerfile follows all rules", (t) => {
  t.deepEqual(checkPolicy(parseDockerfile(GOOD)), []);
});

for (const [rule, what, breaks, ...lines] of BROKEN) {
  test(`checkPolicy() reports ${rule} when ${what}`, (t) => {
    const problems = checkPolicy(parseDockerfile(breaks(GOOD)));
    t.deepEqual(
      problems.map((problem) => [problem.rule, problem.line]),
      lines.map((line) => [rule, line]),
    );
  });
}

test("RULES each have a broken Dockerfile that violates them", (t) => {
  t.deepEqual([...new Set(BROKEN.map(([rule]) => rule))].sort(), Object.keys(RULES).sort());
});

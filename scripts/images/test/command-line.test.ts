import test from "ava";
import { parseCommand } from "../command-line.ts";

test("parseCommand() selects all images when none is named", (t) => {
  t.like(parseCommand(["build"]), { name: "build", images: ["control", "worker-cpu", "worker-gpu"] });
});

test("parseCommand() reads names and options when they are given", (t) => {
  const argv = ["build", "worker-cpu", "--tag", "1", "--platform", "linux/arm64", "--engine", "podman"];
  const expected = { name: "build", images: ["worker-cpu"], tag: "1", platform: "linux/arm64" } as const;
  t.deepEqual(parseCommand(argv), { ...expected, engine: "podman" });
});

for (const [argv, message] of [
  [[], /Cannot do "": expected lock, build, push, check/],
  [["build", "worker"], /Cannot take image "worker": unknown, expected control/],
  [["build", "--tag", "-x"], /--tag/],
  [["build", "--tag", "a b"], /Cannot use tag "a b"/],
  [["build", "--cluster", "c"], /Unknown option '--cluster'/],
  [["push", "--cluster", "c"], /Cannot push: expected --registry and --cluster/],
  [["lock", "--engine", "buildah"], /Cannot use engine "buildah": unknown, expected docker or podman/],
  [["check", "control"], /Cannot check "control": expected no names/],
] as const) {
  test(`parseCommand() refuses when given ${JSON.stringify(argv)}`, (t) => {
    t.throws(() => parseCommand(argv), { code: "invalid_request", message });
  });
}

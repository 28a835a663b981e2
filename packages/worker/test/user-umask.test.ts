import { execFileSync } from "node:child_process";
import test from "ava";
import { withUmask } from "../src/user-umask.ts";

test("withUmask() runs the command unchanged, with that umask", (t) => {
  const run = (umask: number | undefined) => {
    const [program = "", ...args] = withUmask(
      ["/bin/sh", "-c", 'umask; printf "%s|" "$@"', "sh", "a b", "$c"],
      umask,
    );
    return execFileSync(program, args, { encoding: "utf8" });
  };
  t.is(run(0o027), "0027\na b|$c|");
  t.is(run(0), "0000\na b|$c|");
  t.is(run(undefined), `${process.umask().toString(8).padStart(4, "0")}\na b|$c|`);
});

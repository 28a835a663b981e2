import test from "ava";
import { parseArguments } from "../command-line.ts";

const KNOWN = ["latency", "noop"];

test("parseArguments() defaults to all cases and three rounds, or one round with --quick", (t) => {
  t.deepEqual(parseArguments([], KNOWN), { cases: KNOWN, quick: false, rounds: 3, publish: false });
  t.deepEqual(parseArguments(["noop", "--quick", "--publish"], KNOWN), {
    cases: ["noop"],
    quick: true,
    rounds: 1,
    publish: true,
  });
  t.like(parseArguments(["--quick", "--rounds", "5"], KNOWN), { quick: true, rounds: 5 });
});

test("parseArguments() refuses unknown arguments, and names them", (t) => {
  t.like(parseArguments(["nop"], KNOWN), {
    problem: 'Cannot run "nop": not a case, expected some of latency, noop',
  });
  for (const rounds of ["0", "1.5", "many"])
    t.like(parseArguments(["--rounds", rounds], KNOWN), {
      problem: `Cannot run "--rounds ${rounds}": expected a whole number from 1`,
    });
  t.true("problem" in parseArguments(["--fast"], KNOWN));
});

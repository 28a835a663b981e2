import test from "ava";
import { parseArguments } from "../command-line.ts";

const KNOWN = ["latency", "noop"];

test("parseArguments() takes all cases for none, and three rounds, or one of a quick run", (t) => {
  t.deepEqual(parseArguments([], KNOWN), { cases: KNOWN, quick: false, rounds: 3, publish: false });
  t.deepEqual(parseArguments(["noop", "--quick", "--publish"], KNOWN), {
    cases: ["noop"],
    quick: true,
    rounds: 1,
    publish: true,
  });
  t.like(parseArguments(["--quick", "--rounds", "5"], KNOWN), { quick: true, rounds: 5 });
});

test("parseArguments() refuses what it does not know, by name", (t) => {
  t.like(parseArguments(["nop"], KNOWN), {
    problem: 'Cannot run "nop": not a case, expected some of latency, noop',
  });
  for (const rounds of ["0", "1.5", "many"])
    t.like(parseArguments(["--rounds", rounds], KNOWN), {
      problem: `Cannot run "--rounds ${rounds}": expected a whole number from 1`,
    });
  t.true("problem" in parseArguments(["--fast"], KNOWN));
});

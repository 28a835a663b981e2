import assert from "node:assert/strict";
import test from "ava";
import fc from "fast-check";
import {
  canTransition,
  isMillraceError,
  isTerminal,
  JOB_STATUSES,
  type JobStatus,
  transition,
} from "../src/mod.ts";

const STATUSES = Object.keys(JOB_STATUSES) as JobStatus[];

test("transition() accepts exactly the sequences of steps that the table allows, and nothing leaves a final status", (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...STATUSES),
      fc.array(fc.constantFrom(...STATUSES), { maxLength: 8 }),
      (first, steps) => {
        let status = first;
        for (const to of steps) {
          const exits: readonly string[] = JOB_STATUSES[status].exits;
          assert.equal(canTransition(status, to), exits.includes(to));
          if (exits.includes(to)) {
            assert.ok(!isTerminal(status));
            assert.equal(transition(status, to), to);
            status = to;
            continue;
          }
          assert.throws(
            () => transition(status, to),
            (error) => {
              assert.ok(isMillraceError(error, "illegal_transition"));
              return error.message.includes(`from ${status} to ${to}: expected `);
            },
          );
        }
      },
    ),
    { numRuns: 1_000 },
  );
  t.pass();
});

test("JOB_STATUSES has a path from the start to each status, and from each to an end, without loops", (t) => {
  const order = new Map<JobStatus, number>();
  const visit = (status: JobStatus, depth: number, above: readonly JobStatus[]): void => {
    t.false(above.includes(status), `${[...above, status].join(" -> ")} is a circle`);
    order.set(status, Math.max(depth, order.get(status) ?? 0));
    for (const exit of JOB_STATUSES[status].exits) visit(exit, depth + 1, [...above, status]);
  };
  visit("pending", 0, []);
  assert.deepEqual([...order.keys()].sort(), STATUSES.toSorted());
});

import { isTerminal, JOB_STATUSES, type JobStatus } from "@millrace/core";
import test from "ava";
import { isOver, STATUS_CHOICES, STATUS_GROUPS, statusesOf } from "../../src/app/text/statuses.ts";

const ALL = Object.keys(JOB_STATUSES) as JobStatus[];

test("isOver() agrees with core's status machine", (t) => {
  for (const status of ALL) t.is(isOver(status), isTerminal(status), status);
});

test("every status can be chosen, and is either active or over", (t) => {
  t.deepEqual(STATUS_CHOICES.map(({ value }) => value).toSorted(), ALL.toSorted());
  t.deepEqual([...statusesOf("active"), ...statusesOf("over")].toSorted(), ALL.toSorted());
  t.is(new Set([...STATUS_GROUPS, ...STATUS_CHOICES].map(({ value }) => value)).size, ALL.length + 3);
});

test("statusesOf() returns nothing for an unknown word", (t) => {
  t.deepEqual(statusesOf("gone"), []);
});

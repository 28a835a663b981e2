import { createHash } from "node:crypto";
import test from "ava";
import { findViolations, type Remains } from "../src/mod.ts";

const row = (index: number, output = index) => `${JSON.stringify({ index, id: null, output })}\n`;
const ROWS = [0, 1, 2].map((index) => row(index)).join("");

/** What a job of three items leaves when all is well, or with these rows. */
function remains(rows = ROWS): Remains {
  const part = new TextEncoder().encode(rows);
  const indices = rows.split("\n").flatMap((line) => (line ? [JSON.parse(line).index as number] : []));
  return {
    items: 3,
    status: "succeeded",
    counters: { total: 3, succeeded: 3, failed: 0 },
    workerItems: 3,
    rows,
    cleanRows: ROWS,
    manifest: {
      rows: indices.length,
      succeeded: indices.length,
      failed: 0,
      complete: true,
      parts: [
        {
          name: "part-00000.ndjson",
          rows: indices.length,
          bytes: part.length,
          sha256: createHash("sha256").update(part).digest("hex"),
          first_index: indices[0] ?? -1,
          last_index: indices.at(-1) ?? -1,
        },
      ],
    },
    parts: new Map([["part-00000.ndjson", part]]),
    processes: [],
    leases: [],
  };
}

/** The names of the invariants that are violated. */
function violated(what: Remains): readonly string[] {
  return [...new Set(findViolations(what).map((violation) => violation.split(":")[0] ?? ""))];
}

test("findViolations() finds nothing after a job that went well", (t) => {
  t.deepEqual(findViolations(remains()), []);
});

test("findViolations() finds a missing row, a duplicate, and a row without an item", (t) => {
  const [missing] = findViolations(remains(row(0) + row(2)));
  t.is(missing, "eachItemOneRow: no row of items 1");
  t.true(findViolations(remains(ROWS + row(2))).includes("eachItemOneRow: several rows of items 2"));
  t.true(
    findViolations(remains(ROWS + row(9))).includes("eachItemOneRow: rows of items that there are not: 9"),
  );
});

test("findViolations() finds rows that are out of order", (t) => {
  const found = findViolations(remains(row(0) + row(2) + row(1)));
  t.true(found.includes("rowsInInputOrder: the row of item 1 comes after that of item 2"));
});

test("findViolations() finds counters that do not match the rows", (t) => {
  t.deepEqual(violated({ ...remains(), counters: { total: 3, succeeded: 2, failed: 0 } }), [
    "countersEqualRows",
  ]);
  t.deepEqual(violated({ ...remains(), counters: { total: 4, succeeded: 3, failed: 0 } }), [
    "countersEqualRows",
  ]);
  t.deepEqual(violated({ ...remains(), workerItems: 4 }), ["countersEqualRows"]);
});

test("findViolations() finds a part that the manifest does not describe", (t) => {
  const other = new TextEncoder().encode(ROWS.replace("1", "7"));
  const found = violated({ ...remains(), parts: new Map([["part-00000.ndjson", other]]) });
  t.deepEqual(found, ["manifestMatchesParts", "partsAreTheRows"]);
  t.deepEqual(violated({ ...remains(), parts: new Map() }), ["manifestMatchesParts", "partsAreTheRows"]);
});

test("findViolations() finds a failed job, a process, a lease, and output that differs from the clean run", (t) => {
  t.deepEqual(violated({ ...remains(), status: "worker_error" }), ["jobSucceeded"]);
  t.deepEqual(violated({ ...remains(), processes: ["7 python3"] }), ["noOrphanProcess"]);
  t.deepEqual(violated({ ...remains(), leases: ["worker 0 has batch 0-3"] }), ["noLeakedLease"]);
  t.deepEqual(violated(remains(row(0) + row(1, 5) + row(2))), ["sameBytesAsCleanRun"]);
});

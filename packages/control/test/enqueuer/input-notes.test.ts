import { nothingSkipped } from "@millrace/core";
import test from "ava";
import { InputNotes } from "../../src/enqueuer/input-notes.ts";

test("InputNotes.warn() names the first files of each warning and counts the others", (t) => {
  const notes = new InputNotes();
  for (let i = 0; i < 42; i += 1) notes.warn(`/in/${i}.csv`, "column 1 has no name");
  notes.warn("/in/x.csv", "it holds JSON");
  const lines = notes.take();
  t.is(lines.length, 6);
  t.is(lines[0], '"/in/0.csv": column 1 has no name');
  t.is(lines.at(-1), '"/in/x.csv": it holds JSON');
  t.deepEqual(notes.take(), []);
  notes.end();
  t.deepEqual(notes.take(), ["and 37 more such files: column 1 has no name"]);
});

test("InputNotes.warn() logs a bounded number of different warnings", (t) => {
  const notes = new InputNotes();
  for (let i = 0; i < 60; i += 1) notes.warn("/in/a.csv", `warning ${i}`);
  t.is(notes.take().length, 50);
  notes.end();
  t.deepEqual(notes.take(), ["and 10 more warnings of other kinds"]);
});

test("InputNotes.listed() and skip() name skipped entries once, and count all of them", (t) => {
  const skipped = { ...nothingSkipped(), hiddenFiles: 2, emptyPaths: ["/none/"], unreadable: 3 };
  skipped.unreadableFiles.push({ file: "/in/b", reason: "is a link" });
  const notes = new InputNotes();
  t.is(notes.skippedText, "");
  notes.listed(skipped, { isTold: false });
  notes.skip({ file: "/in/c", reason: "cannot be read" });
  t.deepEqual(notes.take(), [
    'Nothing starts with "/none/"',
    'Skipped "/in/b": it is a link',
    "Skipped 2 more such entries",
    'Skipped "/in/c": it cannot be read',
  ]);
  t.is(notes.skippedText, "; skipped 2 hidden files and 4 unreadable entries");
  const again = new InputNotes();
  again.listed(skipped, { isTold: true });
  t.deepEqual(again.take(), []);
  t.is(again.skippedText, "; skipped 2 hidden files and 4 unreadable entries");
});

import test from "ava";
import { inlineJson, prettyJson } from "../../src/app/text/pretty-json.ts";
import { jobTitle, progressText, remainingText } from "../../src/app/text/summary.ts";

test("jobTitle() starts with the status", (t) => {
  const items = { total: 1_000, succeeded: 600, failed: 20 };
  t.is(jobTitle("image-classifier", "running", items), "62 % · image-classifier · Millrace");
  t.is(jobTitle("image-classifier", "stopped", items), "Stopped · image-classifier · Millrace");
  t.is(jobTitle("a", "running", { ...items, total: null }), "Running · a · Millrace");
});

test("progressText() says that a job without items is complete, and nothing before the total is known", (t) => {
  t.is(progressText({ total: 0, succeeded: 0, failed: 0 }), "100 %");
  t.is(progressText({ total: null, succeeded: 5, failed: 0 }), undefined);
});

test("remainingText() shows its range", (t) => {
  const range = { seconds: 3_250, low_seconds: 2_700, high_seconds: 4_400 };
  t.deepEqual(remainingText("running", range), {
    answer: "about 54 min",
    doubt: "between 45 min and 1 h 10 min",
  });
  t.is(
    remainingText("running", { ...range, high_seconds: null }).doubt,
    "at least 45 min, the pace varies a lot",
  );
  t.is(
    remainingText("running", { seconds: 3_250, low_seconds: 3_240, high_seconds: 3_255 }).doubt,
    "at a steady pace",
  );
  t.is(remainingText("running", null).answer, "Not known yet");
  t.is(remainingText("succeeded", range).answer, "Nothing left to do");
});

test("prettyJson() and inlineJson() are bounded", (t) => {
  t.deepEqual(prettyJson({ a: [1] }), { text: '{\n  "a": [\n    1\n  ]\n}', hidden: 0 });
  t.deepEqual(prettyJson("x".repeat(100), 11), { text: `"${"x".repeat(10)}`, hidden: 91 });
  t.is(inlineJson({ a: 1 }), '{"a":1}');
  t.is(inlineJson("y".repeat(5), 3), "yyy…");
  t.is(inlineJson(undefined), "");
});

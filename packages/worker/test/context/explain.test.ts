import { MillraceError } from "@millrace/core";
import test from "ava";
import { constructingSince, explain, inOneLine } from "../../src/context/explain.ts";

test("inOneLine() puts the exception's class before the message if it is known", (t) => {
  t.is(inOneLine({ type: "KeyError", message: "'a'" }), "KeyError: 'a'");
  t.is(inOneLine({ message: "odd" }), "odd");
});

test("explain() returns the message, and the traceback if there is one", (t) => {
  const details = { traceback: "line 1\nline 2" };
  t.is(explain(new MillraceError("predictor_error", "odd", { details })), "odd\nline 1\nline 2");
  t.is(explain(new Error("plain")), "plain");
  t.is(explain("text"), "text");
});

test("constructingSince() returns the time in UTC, in seconds", (t) => {
  t.is(constructingSince(1_700_000_000_123), "constructing the predictor since 2023-11-14 22:13:20Z");
});

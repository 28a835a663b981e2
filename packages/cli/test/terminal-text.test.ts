import { stripVTControlCharacters } from "node:util";
import test from "ava";
import { terminalText } from "../src/terminal-text.ts";
import { events, fakeService, lines, millrace, problem } from "./harness.ts";

/** Clears the screen, sets the title, puts text into the clipboard, goes back to the line's start; also by C1 characters. */
const HOSTILE =
  "\u001b[2J\u001b]0;pwned\u0007\u001b]52;c;cm0gLXJm\u001b\\ok\rforged\b\u009b2J\u009d0;x\u009c\u0000\u007f";
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

test("terminalText() escapes what a terminal would execute, and keeps colours, tabs and line ends", (t) => {
  t.is(terminalText("a\tb\r\nc\n"), "a\tb\nc\n");
  t.is(terminalText("\u001b[1;31mred\u001b[0m"), "\u001b[1;31mred\u001b[0m");
  t.is(terminalText("\u001b[2J"), "\\u001b[2J");
  t.is(terminalText("a\u202eb\u2066c\u2028d"), "a\\u202eb\\u2066c\\u2028d");
  t.notRegex(terminalText(HOSTILE), OBEYED);
  t.regex(terminalText(HOSTILE), /ok\\u000dforged/);
  const json = JSON.stringify({ text: HOSTILE });
  t.regex(json, OBEYED);
  t.deepEqual(JSON.parse(terminalText(json)), { text: HOSTILE });
});

const LINE = {
  time: "2026-11-23T12:00:00.000Z",
  level: "info",
  api: "sum",
  job_id: "J1",
  worker: 0,
  batch: null,
  text: HOSTILE,
};
const FAILURE = {
  index: 0,
  id: HOSTILE,
  error: { code: "predictor_error", message: HOSTILE, attempts: 1 },
  payload: HOSTILE,
  attempts: [{ attempt: 1, worker: 0, message: HOSTILE, traceback: HOSTILE }],
};

test("no command prints foreign text to a terminal unescaped", async (t) => {
  const api = { name: "sum", endpoint: "http://x/sum" };
  const { url } = await fakeService(t, {
    "GET /apis/sum": { ...api, api_spec: {}, recent_jobs: [] },
    "GET /apis": {
      apis: [{ ...api, predictor_type: HOSTILE, api_id: HOSTILE, active_jobs: 0, created_time: HOSTILE }],
    },
    "GET /sum/J1/logs": lines(LINE),
    "GET /sum/J1/failures": lines(FAILURE),
    "GET /sum/J1/results": lines({ index: 0, id: null, output: HOSTILE }),
    "DELETE /sum/J1": (response: import("node:http").ServerResponse) =>
      problem(response, 409, "conflict", HOSTILE, { details: { traceback: HOSTILE, last_lines: [HOSTILE] } }),
    "DELETE /sum/J2": { message: HOSTILE },
    "GET /sum/J1/events": events(),
  });
  for (const args of [
    ["logs", "sum", "J1"],
    ["failures", "sum", "J1", "--traceback"],
    ["results", "sum", "J1"],
    ["get"],
    ["delete", "sum", "J1"],
    ["delete", "sum", "J2"],
  ]) {
    for (const format of ["text", "json"]) {
      const ran = await millrace([...args, "-o", format], { url, isTerminal: true, env: { NO_COLOR: "1" } });
      const seen = ran.stdout + ran.stderr;
      t.regex(seen, /ok/, `${args} ${format}: ${seen}`);
      t.notRegex(seen, OBEYED, `${args} ${format}`);
    }
  }
});

/** Lines of the command's own that others would like to write. */
const FORGED = "ok\nforged\r\nforged\rforged\u2028forged\u2029forged\u0085forged\u000bforged\n  forged\n\n";

test("no foreign text starts a line of a command's output", async (t) => {
  const api = { name: "sum", endpoint: "http://x/sum" };
  const details = { traceback: FORGED, last_lines: [FORGED, "forged"] };
  const refusal = {
    type: "about:blank",
    title: "T",
    status: 422,
    detail: FORGED,
    code: "conflict",
    request_id: "r",
  };
  const { url } = await fakeService(t, {
    "GET /apis/sum": { ...api, api_spec: {}, recent_jobs: [] },
    "GET /sum/J1/logs": lines({ ...LINE, text: FORGED }),
    "GET /sum/J1/failures": lines({
      ...FAILURE,
      id: FORGED,
      error: { ...FAILURE.error, message: FORGED },
      payload: FORGED,
      attempts: [{ ...FAILURE.attempts[0], traceback: FORGED }],
    }),
    "POST /sum": (response: import("node:http").ServerResponse) =>
      response.end(`/data/ok\n${"validations passed"}\n`),
    "POST /apis/sum/refresh": lines(
      { type: "output", text: FORGED },
      { type: "error", problem: { ...refusal, details } },
    ),
    "DELETE /sum/J1": (response: import("node:http").ServerResponse) =>
      problem(response, 500, "internal", FORGED, { field: FORGED, details }),
    "DELETE /sum/J2": { message: FORGED },
  });
  for (const args of [
    ["logs", "sum", "J1"],
    ["failures", "sum", "J1", "--traceback"],
    ["refresh", "sum"],
    ["delete", "sum", "J1"],
    ["delete", "sum", "J2"],
    ["get", "sum", FORGED],
    ["submit", "sum", FORGED],
    ["deploy", FORGED],
    ["env", "default", FORGED],
  ]) {
    for (const isTerminal of [true, false]) {
      const { stdout, stderr } = await millrace(args, { url, isTerminal });
      const seen = stripVTControlCharacters(stdout + stderr);
      t.regex(seen, /ok/, `${args}: ${seen}`);
      // Two columns in stand hints and fields of ours.
      t.notRegex(seen, /(^|[\r\n\v\f\u0085\u2028\u2029]) {0,3}forged/, `${args}: ${seen}`);
    }
  }
});

test("results reach a pipe byte for byte, and a terminal as the same JSON", async (t) => {
  const row = { index: 0, id: null, output: HOSTILE };
  const { url } = await fakeService(t, {
    "GET /apis/sum": { name: "sum", endpoint: "http://x/sum", recent_jobs: [] },
    "GET /sum/J1/results": lines(row),
  });
  const piped = await millrace(["results", "sum", "J1"], { url });
  t.is(piped.stdout, `${JSON.stringify(row)}\n`);
  const shown = await millrace(["results", "sum", "J1"], { url, isTerminal: true });
  t.not(shown.stdout, piped.stdout);
  t.deepEqual(shown.json(), row);
});

import test from "ava";
import { isMillraceError, readVariable } from "../src/mod.ts";

const port = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);

test("readVariable() returns the parsed value, or the fallback when the variable is unset or empty", (t) => {
  const options = { parse: port, expected: "a port", fallback: 8_080 };
  t.is(readVariable({ PORT: " 9 " }, "PORT", options), 9);
  t.is(readVariable({}, "PORT", options), 8_080);
  t.is(readVariable({ PORT: " " }, "PORT", options), 8_080);
  t.is(readVariable({}, "PORT", { ...options, fallback: undefined }), undefined);
});

test("readVariable() names the variable and its value when it is required or not acceptable", (t) => {
  const expected = "a port";
  const fails = (environment: Record<string, string>, parse: (text: string) => unknown, message: string) => {
    const error = t.throws(() => readVariable(environment, "PORT", { parse, expected }));
    t.true(isMillraceError(error, "invalid_config"));
    t.is(error.message, message);
  };
  fails({}, port, 'Cannot use PORT "": expected a port');
  fails({ PORT: "x" }, port, 'Cannot use PORT "x": expected a port');
  fails({ PORT: "{" }, JSON.parse, 'Cannot use PORT "{": expected a port');
});

test("readVariable() lets other errors of the parser pass", (t) => {
  const parse = () => {
    throw new TypeError("a mistake");
  };
  t.throws(() => readVariable({ PORT: "1" }, "PORT", { parse, expected: "a port" }), {
    instanceOf: TypeError,
  });
});

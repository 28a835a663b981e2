import { readFileSync } from "node:fs";
import test from "ava";
import { MillraceError } from "../src/errors.ts";
import { mayPass, passingError, systemCode } from "../src/system-errors.ts";

const failed = (code: string) => Object.assign(new Error(`${code}: it failed, open`), { code });

for (const code of ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "EIO", "EBUSY"]) {
  test(`passingError() is unavailable when ${code}, and keeps the cause`, (t) => {
    const cause = failed(code);
    const error = passingError(cause, 'Cannot write "/a"', { uri: "/a" });
    t.is(error?.code, "unavailable");
    t.is(error?.message, `Cannot write "/a": ${code}: it failed, open; try again`);
    t.deepEqual([error?.cause, error?.details], [cause, { uri: "/a" }]);
    t.true(mayPass(cause));
  });
}

for (const code of ["ENOSPC", "EDQUOT"]) {
  test(`passingError() is disk_full when ${code}`, (t) => {
    t.is(passingError(failed(code), "Cannot write")?.code, "disk_full");
    t.true(mayPass(failed(code)));
  });
}

test("passingError() is undefined for permanent errors, and for errors that are not a system call's", (t) => {
  for (const error of [
    failed("ENOENT"),
    failed("EACCES"),
    failed("toString"),
    new Error("no"),
    undefined,
    "EIO",
  ]) {
    t.is(passingError(error, "Cannot read"), undefined);
    t.false(mayPass(error));
  }
  t.is(systemCode(t.throws(() => readFileSync("/no/such/file"))), "ENOENT");
});

test("mayPass() depends on the code of the platform's errors", (t) => {
  t.true(mayPass(new MillraceError("unavailable", "busy")));
  t.true(mayPass(new MillraceError("disk_full", "no room")));
  t.false(mayPass(new MillraceError("state_corrupt", "damaged")));
  t.false(mayPass(new MillraceError("object_unreadable", "closed", { cause: failed("EIO") })));
});

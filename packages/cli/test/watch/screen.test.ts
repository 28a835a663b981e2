import { Writable } from "node:stream";
import test from "ava";
import type { TerminalStream } from "../../src/context.ts";
import { Screen } from "../../src/watch/screen.ts";

function terminal(columns: number, rows: number) {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString().replaceAll("\u001b", "ESC"));
      done();
    },
  });
  const size = { columns, rows };
  Object.defineProperties(stream, { columns: { get: () => size.columns }, rows: { get: () => size.rows } });
  return { screen: new Screen(stream as TerminalStream), writes, size };
}

const line = (text: string) => ({ text, width: text.length });

test("Screen.draw() draws over the previous frame, and clear() removes it", (t) => {
  const { screen, writes } = terminal(20, 10);
  screen.draw([line("one"), line("two")]);
  screen.draw([line("three")]);
  screen.clear();
  screen.clear();
  t.is(writes.length, 3);
  t.false(/ESC\[\d+A/.test(writes[0] ?? ""));
  t.regex(writes[1] ?? "", /\rESC\[2AESC\[Kthree\r\nESC\[J/);
  t.is(writes[2], "\rESC[1AESC[J");
});

test("Screen restores cursor and wrapping after every write, so that it can be interrupted at any time", (t) => {
  const { screen, writes } = terminal(20, 10);
  screen.draw([line("one")]);
  t.regex(writes[0] ?? "", /^ESC\[\?25lESC\[\?7l.*ESC\[\?7hESC\[\?25h$/s);
});

test("Screen moves up over lines that a narrower terminal has wrapped", (t) => {
  const { screen, writes, size } = terminal(20, 10);
  screen.draw([line("x".repeat(20)), line("short"), line("")]);
  size.columns = 9;
  screen.draw([line("y")]);
  t.true(writes[1]?.includes("ESC[5A"), JSON.stringify(writes[1]));
});

test("Screen says how many lines fit, with its cursor below them", (t) => {
  t.is(terminal(20, 10).screen.maxLines, 9);
  t.is(terminal(0, 0).screen.columns, 80);
});

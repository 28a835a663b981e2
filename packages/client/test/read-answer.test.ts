import assert from "node:assert/strict";
import { cutBytes } from "@millrace/fuzz";
import test from "ava";
import fc from "fast-check";
import { responseLines } from "../src/read-answer.ts";
import { type ServerSentEvent, serverSentEvents } from "../src/server-sent-events.ts";

/** An answer whose body comes in these pieces. */
function answer(pieces: readonly Uint8Array[]): Response {
  return new Response(ReadableStream.from(pieces.filter((piece) => piece.length > 0)));
}

const cut = (text: fc.Arbitrary<string>) =>
  text.chain((all) => fc.tuple(fc.constant(all), cutBytes(Buffer.from(all))));

const word = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 5 }),
  fc.constantFrom("\n", "\r\n", "\r", "é漢😀", "\u2028", "\ufeff", " ", ":"),
);

test("responseLines() returns the same lines however the bytes are cut", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      cut(fc.array(word, { maxLength: 20 }).map((words) => words.join(""))),
      async ([text, pieces]) => {
        const lines = text.split("\n");
        const last = lines.pop() ?? "";
        const expected = [...lines.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])];
        assert.deepEqual(await Array.fromAsync(responseLines(answer(pieces))), expected);
      },
    ),
    { numRuns: 1_000 },
  );
  t.pass();
});

test("responseLines() keeps U+FEFF when the first piece ends inside a character", async (t) => {
  const pieces = [[0xc2], [0xa0, 0xef, 0xbb, 0xbf, 0x41]].map((bytes) => Uint8Array.from(bytes));
  t.deepEqual(await Array.fromAsync(responseLines(answer(pieces))), ["\u00a0\ufeffA"]);
});

const line = fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => text.replace(/[\r\n\ufeff]/g, "_"));
const sent = fc.record({
  event: fc.option(line, { nil: undefined }),
  data: fc.array(line, { maxLength: 3 }),
  id: fc.option(line, { nil: undefined }),
  comment: fc.option(line, { nil: undefined }),
});

test("serverSentEvents() returns the same events however the bytes are cut, and drops an incomplete one", async (t) => {
  const stream = fc.record({
    events: fc.array(sent, { maxLength: 6 }),
    newline: fc.constantFrom("\n", "\r\n"),
    space: fc.constantFrom("", " "),
    unended: fc.constantFrom("", "data: lost", "event: x\ndata: lost\n"),
  });
  const texts = stream.map(({ events, newline, space, unended }) => {
    // A space after the colon is no part of the value, so that one that begins with a space needs another.
    const field = (name: string, value: string) =>
      `${name}:${value.startsWith(" ") ? " " : space}${value}${newline}`;
    const parts = events.map(({ event, data, id, comment }) => {
      const all = data.map((value) => field("data", value));
      if (event !== undefined) all.unshift(field("event", event));
      if (id !== undefined) all.push(field("id", id));
      if (comment !== undefined) all.push(`:${comment}${newline}`);
      return all.join("") + newline;
    });
    return { events, text: parts.join("") + unended };
  });
  const cases = texts.chain((one) => fc.tuple(fc.constant(one.events), cutBytes(Buffer.from(one.text))));
  await fc.assert(
    fc.asyncProperty(cases, async ([events, pieces]) => {
      const expected: ServerSentEvent[] = [];
      let lastId: string | undefined;
      for (const { event, data, id } of events) {
        lastId = id ?? lastId;
        if (data.length > 0) expected.push({ event: event || "message", data: data.join("\n"), id: lastId });
      }
      assert.deepEqual(await Array.fromAsync(serverSentEvents(answer(pieces))), expected);
    }),
    { numRuns: 1_000 },
  );
  t.pass();
});

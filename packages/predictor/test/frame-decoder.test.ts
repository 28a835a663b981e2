import test from "ava";
import { FrameDecoder } from "../src/frame-decoder.ts";
import {
  decodeJson,
  decodeOutput,
  decodePredict,
  encodeFrame,
  encodeOutput,
  encodePredict,
  HOST_KIND,
  WORKER_KIND,
} from "../src/protocol.ts";

const stagesUs = { preprocess: 1.5, predict: 5e9, postprocess: 0 };

test("push() returns the same frames however the stream is cut", (t) => {
  const stream = Buffer.concat([
    encodeFrame(WORKER_KIND.load, { path: "é" }),
    encodeFrame(WORKER_KIND.construct),
    encodePredict(7, "000000000000-2", ['"ü"', "[1,2]"]),
    encodeOutput(2 ** 32 - 1, "items", { stagesUs, lines: '1\n"ü"' }),
    encodeFrame(HOST_KIND.completed),
  ]);
  for (const size of [1, 2, 3, 4, 5, 6, 7, 11, 64, stream.length]) {
    const decoder = new FrameDecoder();
    const frames = [];
    for (let start = 0; start < stream.length; start += size) {
      frames.push(...decoder.push(stream.subarray(start, start + size)));
    }
    t.false(decoder.isPartial);
    t.deepEqual(
      frames.map((frame) => frame.kind),
      [0xf8, 0xf9, 0xfa, 0xfa, 0xfb],
    );
    const [load, , predict, output] = frames.map((frame) => frame.body);
    t.deepEqual(decodeJson(load as Buffer), { path: "é" });
    const { payload, ...head } = decodePredict(predict as Buffer);
    t.deepEqual(head, { seq: 7, batchId: "000000000000-2" });
    t.is(String(payload), '["ü",[1,2]]');
    const { lines, ...rest } = decodeOutput(output as Buffer);
    t.deepEqual(rest, { seq: 2 ** 32 - 1, mode: "items", stagesUs });
    t.is(String(lines), '1\n"ü"');
  }
});

// Copying again for each chunk would take minutes.
test("push() handles 200,000 small frames in one chunk, and one of 256 MB in small chunks, in linear time", (t) => {
  const small = encodeOutput(1, "batch", { stagesUs, lines: "1" });
  t.is(new FrameDecoder().push(Buffer.concat(new Array(200_000).fill(small))).length, 200_000);
  const bytes = 256 * 1024 * 1024;
  const decoder = new FrameDecoder();
  const header = Buffer.alloc(5);
  header.writeUInt32LE(bytes + 1);
  header[4] = HOST_KIND.output;
  decoder.push(header);
  const chunk = Buffer.alloc(64 * 1024);
  let frames = 0;
  for (let sent = 0; sent < bytes; sent += chunk.length) frames += decoder.push(chunk).length;
  t.is(frames, 1);
});

test("push() throws when text gets into the stream", (t) => {
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame(HOST_KIND.completed));
  t.throws(() => decoder.push(Buffer.from("Downloading model…\n")), {
    message: /the stream holds "Downloading model…/,
  });
});

test("isPartial is true when the stream ends within a frame", (t) => {
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame(HOST_KIND.loaded, { methods: [] }).subarray(0, 9));
  t.true(decoder.isPartial);
});

test("encodePredict() writes the same bytes for items above and below the joining limit", (t) => {
  const items = ["1", JSON.stringify("ü".repeat(1024 * 1024)), "null"];
  const [frame] = new FrameDecoder().push(encodePredict(1, "b", items));
  t.is(String(decodePredict(frame?.body as Buffer).payload), `[${items.join(",")}]`);
});

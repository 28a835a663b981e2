import test from "ava";
import { readStruct } from "../../src/metadata/thrift.ts";

test("readStruct() reads fields of all types by number", (t) => {
  // i32 1 = -3; bool 2 = true; binary 4 = "é"; list 5 of i32 [1, 2]; struct 6 { i64 1 = 300 }; double 7 = 1.5
  const bytes = Buffer.from([
    ...[0x15, 0x05, 0x11, 0x28, 0x02, 0xc3, 0xa9, 0x19, 0x25, 0x02, 0x04],
    ...[0x1c, 0x16, 0xd8, 0x04, 0x00, 0x17, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x00],
  ]);
  const { struct, end } = readStruct(bytes);
  t.is(end, bytes.length);
  t.is(struct.int(1), -3);
  t.is(struct.bool(2), true);
  t.is(struct.text(4), "é");
  t.deepEqual(struct.ints(5), [1, 2]);
  t.is(struct.struct(6)?.int(1), 300);
  t.is(struct.int(7), 1.5);
  t.is(struct.int(3), undefined);
  t.is(struct.text(1), undefined);
});

test("readStruct() says that more bytes may help when bytes end too soon", (t) => {
  for (const bytes of [[], [0x15], [0x18, 0x05, 0x61], [0x19, 0xf5, 0xff, 0xff, 0xff, 0x7f]]) {
    const error = t.throws(() => readStruct(Buffer.from(bytes)), { message: /cut off/ });
    t.is((error as { isCutOff?: boolean }).isCutOff, true);
  }
});

test("readStruct() refuses endless nesting", (t) => {
  for (const head of [0x1c, 0x19]) {
    t.throws(() => readStruct(Buffer.alloc(100_000, head)), { message: /nested too deep/ });
  }
});

import { Buffer } from "node:buffer";
import test from "ava";
import { textChunks, writeObject } from "../src/mod.ts";
import { MemoryObjectStore } from "./support/memory-object-store.ts";

const URI = "memory://a/b";

test("writeObject() writes all chunks, and runs the given step before the object appears", async (t) => {
  const objects = new MemoryObjectStore();
  const isThere = () =>
    objects.stat(URI).then(
      () => true,
      () => false,
    );
  let before: boolean | undefined;
  const stat = await writeObject(objects, URI, {
    chunks: textChunks(["a", "ä\n", "𝄞"]),
    beforeCommit: async () => {
      before = await isThere();
    },
  });
  t.false(before);
  t.is(stat.sizeBytes, 8);
  t.is(Buffer.from(await objects.read(URI)).toString(), "aä\n𝄞");
});

test("writeObject() leaves no new object, and keeps the old one, when its chunks end in an error", async (t) => {
  const objects = new MemoryObjectStore();
  objects.put(URI, "old");
  async function* chunks() {
    yield Buffer.from("new");
    throw new Error("the source is gone");
  }
  await t.throwsAsync(writeObject(objects, URI, { chunks: chunks() }), { message: "the source is gone" });
  t.is(Buffer.from(await objects.read(URI)).toString(), "old");
});

test("textChunks() joins short texts, and yields nothing for nothing", async (t) => {
  t.is((await Array.fromAsync(textChunks(new Array(3_000_000).fill("x")))).length, 3);
  t.deepEqual(await Array.fromAsync(textChunks([])), []);
});

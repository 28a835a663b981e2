import test from "ava";
import { BlockCache, type LoadRange } from "../../src/objects/block-cache.ts";

const MIB = 1024 * 1024;
const location = { bucket: "b", key: "k" };

/** Loads from `content`, and writes down where each load began. */
function counted(content: Buffer): { cache: BlockCache; loads: number[] } {
  const loads: number[] = [];
  const load: LoadRange = async (_, { start, end }) => {
    loads.push(start / MIB);
    await Promise.resolve();
    return content.subarray(start, end);
  };
  return { cache: new BlockCache(load), loads };
}

test("read() loads a block once for concurrent and later readers, and two blocks when a range crosses", async (t) => {
  const content = Buffer.from(Array.from({ length: 2 * MIB + 50 }, (_, n) => n % 251));
  const { cache, loads } = counted(content);
  const read = (start: number, end: number) => cache.read(location, { start, end, version: "v" });
  const starts = Array.from({ length: 500 }, (_, n) => n * 100);
  const all = await Promise.all(starts.map((start) => read(start, start + 100)));
  t.deepEqual(Buffer.concat(all), content.subarray(0, 50_000));
  t.deepEqual(loads, [0]);
  t.deepEqual(Buffer.from(await read(MIB - 7, MIB + 9)), content.subarray(MIB - 7, MIB + 9));
  t.deepEqual(loads, [0, 1]);
  t.deepEqual(Buffer.from(await read(2 * MIB + 40, 2 * MIB + 90)), content.subarray(2 * MIB + 40));
  t.deepEqual(loads, [0, 1, 2]);
  t.is((await cache.read(location, { start: 0, end: 4, version: "w" })).length, 4);
  t.deepEqual(loads, [0, 1, 2, 0]);
});

test("read() gives copies", async (t) => {
  const { cache } = counted(Buffer.from("abc"));
  const range = { start: 0, end: 3, version: "v" };
  const first = await cache.read(location, range);
  first.fill(0);
  t.is(Buffer.from(await cache.read(location, range)).toString(), "abc");
});

test("read() keeps the 32 blocks used last", async (t) => {
  const { cache, loads } = counted(Buffer.alloc(40 * MIB));
  const touch = (block: number) =>
    cache.read(location, { start: block * MIB, end: block * MIB + 1, version: "v" });
  for (let block = 0; block < 32; block += 1) await touch(block);
  await touch(0);
  await touch(32);
  loads.length = 0;
  await touch(0);
  await touch(1);
  t.deepEqual(loads, [1]);
});

test("read() forgets a failed load, and one reader's abort does not affect the others", async (t) => {
  let loads = 0;
  const arrived = Promise.withResolvers<Uint8Array>();
  const cache = new BlockCache(async () => {
    loads += 1;
    if (loads === 1) throw new Error("broken");
    return await arrived.promise;
  });
  const range = { start: 0, end: 2, version: "v" };
  await t.throwsAsync(cache.read(location, range), { message: "broken" });
  const abort = new AbortController();
  const given = cache.read(location, { ...range, signal: abort.signal });
  const other = cache.read(location, range);
  abort.abort(new Error("enough"));
  await t.throwsAsync(given, { message: "enough" });
  arrived.resolve(Buffer.from("ab"));
  t.is(Buffer.from(await other).toString(), "ab");
  t.is(loads, 2);
});

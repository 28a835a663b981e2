import { type ContractTest, throwsCode } from "./contract.ts";
import { collect, newJobId } from "./samples.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString("utf8");

export function describeObjectStore(test: ContractTest): void {
  test("objects.list() takes a raw prefix and lists in byte order", async (t, {
    backend,
    putInput,
    inputPrefix,
  }) => {
    // "." comes before "/", "/" before digits, and U+FF5E before a surrogate pair, in bytes.
    const names = [
      "img.png",
      "img/a",
      "img/b/c",
      "img/b.c",
      "img1",
      "imgs/x",
      "im",
      "other",
      "img/.hidden",
      "img/～",
      "img/😀",
    ];
    for (const name of names) await putInput(name, name);
    const listed = await collect(backend.objects.list(`${inputPrefix}img`));
    const expected = names
      .filter((name) => name.startsWith("img"))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    t.deepEqual(
      listed.map(({ uri }) => uri.slice(inputPrefix.length)),
      expected,
    );
    const pages = await collect(backend.objects.listUris(`${inputPrefix}img`));
    t.deepEqual(
      pages.flat(),
      listed.map(({ uri }) => uri),
    );
    t.deepEqual((await collect(backend.objects.listUris(`${inputPrefix}none`))).flat(), []);
    await t.throwsAsync(collect(backend.objects.listUris(inputPrefix, { signal: AbortSignal.abort() })));
    t.is(listed[0]?.sizeBytes, bytes(expected[0] as string).length);
    t.deepEqual(await collect(backend.objects.list(`${inputPrefix}none`)), []);
    t.is((await collect(backend.objects.list(`${inputPrefix}other`))).length, 1);
    await t.throwsAsync(collect(backend.objects.list(inputPrefix, { signal: AbortSignal.abort() })));
  });

  test("objects.read() and stream() return the bytes of a range", async (t, { backend, putInput }) => {
    const content = "0123456789".repeat(300_000);
    const uri = await putInput("big", content);
    const { objects } = backend;
    const { version, sizeBytes } = await objects.stat(uri);
    t.is(sizeBytes, content.length);
    t.is(text([await objects.read(uri, { start: 5, end: 12, version })]), "5678901");
    t.is(text([await objects.read(uri, { start: content.length - 2 })]), "89");
    t.is((await objects.read(uri, { start: 3, end: 3 })).length, 0);
    const chunks = await collect(objects.stream(uri, { start: 1, end: 2_500_001, version }));
    t.true(chunks.length > 1);
    t.is(text(chunks), content.slice(1, 2_500_001));
    t.is(text([await objects.read(await putInput("empty", ""))]), "");
  });

  test("objects.read() and stream() throw input_changed when the object is another version or gone", async (t, {
    backend,
    putInput,
    deleteInput,
  }) => {
    const { objects } = backend;
    const uri = await putInput("data.csv", "a,b\n1,2\n");
    const { version } = await objects.stat(uri);
    await putInput("data.csv", "a,b\n1,3\n");
    t.not((await objects.stat(uri)).version, version);
    await throwsCode(t, () => objects.read(uri, { version }), { code: "input_changed", text: "data.csv" });
    await throwsCode(t, () => collect(objects.stream(uri, { version })), { code: "input_changed" });
    await deleteInput("data.csv");
    await throwsCode(t, () => objects.read(uri, { version }), { code: "input_changed", text: "data.csv" });
    await throwsCode(t, () => objects.read(uri), { code: "object_not_found", text: "data.csv" });
    await throwsCode(t, () => collect(objects.stream(uri)), { code: "object_not_found" });
    await throwsCode(t, () => objects.stat(uri), { code: "object_not_found" });
  });

  test("objects.stream() throws input_changed when the object changes while it is read", async (t, {
    backend,
    putInput,
  }) => {
    const { objects } = backend;
    const uri = await putInput("data", "x".repeat(9_000_000));
    const { version } = await objects.stat(uri);
    await throwsCode(
      t,
      async () => {
        let changed = false;
        for await (const chunk of objects.stream(uri, { version })) {
          t.false(Buffer.from(chunk).includes("y"));
          if (!changed) await putInput("data", "y".repeat(9_000_000));
          changed = true;
        }
      },
      { code: "input_changed", text: "data" },
    );
  });

  test("objects.writer() makes an object visible only at commit, and complete", async (t, {
    backend,
    second,
  }) => {
    const { objects } = backend;
    const jobId = newJobId();
    const uri = objects.jobUri(jobId, "output/part-00000.ndjson");
    const writer = await objects.writer(uri);
    await writer.write(bytes("one\n"));
    await writer.write(bytes("two\n"));
    t.deepEqual(await collect(objects.list(objects.jobUri(jobId, ""))), []);
    await throwsCode(t, () => objects.stat(uri), { code: "object_not_found" });
    const written = await writer.commit();
    await writer.abort();
    const other = (await second()).objects;
    t.deepEqual(await other.stat(uri), written);
    t.is(text([await other.read(uri, { version: written.version })]), "one\ntwo\n");
    const dropped = await objects.writer(uri);
    await dropped.write(bytes("three\n"));
    await dropped.abort();
    await dropped.abort();
    t.deepEqual(await other.stat(uri), written);
    const replaced = await objects.writer(uri);
    await replaced.commit();
    t.is((await other.stat(uri)).sizeBytes, 0);
  });

  test("objects.removeAll() removes by raw prefix, and only the platform's own objects", async (t, {
    backend,
    putInput,
  }) => {
    const { objects } = backend;
    const [jobId, other] = [newJobId(), newJobId()];
    const put = async (uri: string) => (await objects.writer(uri)).commit();
    for (const name of ["a/1", "a/2", "ab", "c"]) await put(objects.jobUri(jobId, name));
    await put(objects.jobUri(other, "a"));
    await put(objects.apiUri("api", "0123456789abcdef", "project.tar.gz"));
    await objects.removeAll(objects.jobUri(jobId, "a"));
    const left = await collect(objects.list(objects.jobUri(jobId, "")));
    t.deepEqual(
      left.map(({ uri }) => uri),
      [objects.jobUri(jobId, "c")],
    );
    await objects.removeAll(objects.jobUri(jobId, ""));
    await objects.removeAll(objects.jobUri(newJobId(), ""));
    t.deepEqual(await collect(objects.list(objects.jobUri(jobId, ""))), []);
    t.is((await collect(objects.list(objects.jobUri(other, "")))).length, 1);
    t.is((await objects.stat(objects.apiUri("api", "0123456789abcdef", "project.tar.gz"))).sizeBytes, 0);
    const mine = await putInput("mine", "precious");
    await throwsCode(t, () => objects.removeAll(mine), { code: "unsupported_uri", text: "mine" });
    await throwsCode(t, () => objects.writer(mine), { code: "unsupported_uri", text: "mine" });
    t.is(text([await objects.read(mine)]), "precious");
  });
}

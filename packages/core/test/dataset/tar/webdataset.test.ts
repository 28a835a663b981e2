import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "@millrace/python-tools";
import test from "ava";
import { planAndRead } from "../../support/dataset.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..", "..", "..", "..");
const TIMEOUT_MS = 600_000;

/** Writes archives with webdataset, and what it reads from them: bytes as base64. */
const PYTHON = String.raw`
import base64, io, json, random, sys, tarfile
import webdataset

folder = sys.argv[1]
rng = random.Random(7)

def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value

def samples(name):
    dataset = webdataset.WebDataset(f"{folder}/{name}.tar", shardshuffle=False).decode()
    return [
        {key: plain(value) for key, value in sample.items() if key in ("__key__",) or not key.startswith("__")}
        for sample in dataset
    ]

with webdataset.TarWriter(f"{folder}/written.tar") as sink:
    for i in range(50):
        sample = {"__key__": f"dir/sample{i:04d}", "jpg": rng.randbytes(rng.randrange(2000)), "cls": rng.randrange(-5, 1000)}
        if i % 2:
            sample["json"] = {"i": i, "text": "\u00e9 U0001F600 \u2028", "list": [1.5, None, True, 2**53], "nested": {"a": []}}
        if i % 3:
            sample["txt"] = "line\r\n\u00e9\t" * i
        sample["left.seg.txt"] = ""
        sample["meta.jsn"] = json.dumps([i]).encode()
        sample["transcript"] = b"as spoken"
        sample["id"] = b" 12\n"
        sample["data.csv"] = b"a,b"
        sink.write(sample)

def add(archive, name, data=b"1", type=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.type = type
    archive.addfile(info, io.BytesIO(data))

with tarfile.open(f"{folder}/odd.tar", "w") as archive:
    add(archive, "d.x", b"", tarfile.DIRTYPE)
    for name in ["README", "a.JPG", "a.Seg.TXT", "d.x/", "d.x/a.cls", "d.x/b.c.d.json", "d.x/noext", ".hidden.txt", "b.", "b.index", "a.txt", "./e.txt", "d.x/a.txt", "u/\u00e9.txt"]:
        add(archive, name)

print(json.dumps({name: samples(name) for name in ["written", "odd"]}))
`;

test("tar: samples have the keys and values that the webdataset package reads", async (t) => {
  t.timeout(TIMEOUT_MS);
  const python = await pythonWith(["webdataset==1.0.2", "numpy==2.4.6"], {
    cacheDirectory: join(ROOT, ".cache"),
    name: "webdataset",
  });
  const folder = await mkdtemp(join(tmpdir(), "millrace-webdataset-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await run(python, ["-c", PYTHON, folder], { maxBuffer: 2 ** 26 });
  const expected = JSON.parse(stdout) as Readonly<Record<string, readonly object[]>>;
  for (const [name, samples] of Object.entries(expected)) {
    const objects = new MemoryObjectStore();
    objects.put(`mem://in/${name}.tar`, await readFile(join(folder, `${name}.tar`)));
    const { items } = await planAndRead(objects, [`mem://in/${name}.tar`], 7);
    t.true(samples.length > 5);
    t.deepEqual(
      items.map((item) => JSON.parse(item)),
      samples,
      name,
    );
  }
});

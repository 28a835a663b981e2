import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { planAndRead } from "../../support/dataset.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";

/** Archives of Python's tarfile in base64, by name, and what is in them. */
const PYTHON = `
import base64, io, json, tarfile
long_name = "d" * 90 + "/" + "n" * 60
names = ["a", "ordner/é漢😀", "with space/and.dot/x", long_name, "deep/" * 60 + "y", "z" * 230 + "/" + "q" * 200]
def add(archive, name, data, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    archive.addfile(info, io.BytesIO(data))
def packed(format, names, **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, **options) as archive:
        for i, name in enumerate(names):
            folder = tarfile.TarInfo(name.rpartition("/")[0] or "folder")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
            add(archive, name + ".json", json.dumps({"i": i}).encode(), mtime=1.5 if format == tarfile.PAX_FORMAT else 1)
            add(archive, name + ".bin", bytes(range(256)) * i, uid=2097152 * 2 if format != tarfile.USTAR_FORMAT else 1)
    return base64.b64encode(out.getvalue()).decode()
archives = {
    "ustar": packed(tarfile.USTAR_FORMAT, names[:4]),
    "gnu": packed(tarfile.GNU_FORMAT, names),
    "pax": packed(tarfile.PAX_FORMAT, names),
    "pax with a global header": packed(tarfile.PAX_FORMAT, names, pax_headers={"comment": "é"}),
    "gnu in latin-1, with names in ASCII": packed(tarfile.GNU_FORMAT, names[:1] + names[2:], encoding="latin-1"),
}
print(json.dumps({"names": names, "archives": archives}))
`;

interface Made {
  readonly names: readonly string[];
  readonly archives: Readonly<Record<string, string>>;
}

async function read(content: Uint8Array, batchSize = 2) {
  const objects = new MemoryObjectStore({ pieceBytes: 100 });
  objects.put("mem://in/a.tar", content);
  return (await planAndRead(objects, ["mem://in/a.tar"], batchSize)).items.map((item) => JSON.parse(item));
}

test("tar: archives of Python's tarfile in every format hold what was put into them", async (t) => {
  const { names, archives } = JSON.parse(
    execFileSync("python3", ["-c", PYTHON], { encoding: "utf8" }),
  ) as Made;
  for (const [kind, archive] of Object.entries(archives)) {
    const items = await read(Buffer.from(archive, "base64"));
    const expected = names
      .filter((name) => kind !== "ustar" || names.indexOf(name) < 4)
      .filter((name) => !kind.includes("ASCII") || name !== names[1])
      .map((__key__, json) => {
        const bytes = Buffer.concat(
          Array.from({ length: json }, () => Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
        );
        return { __key__, json: { i: json }, bin: bytes.toString("base64") };
      });
    t.deepEqual(items, expected, kind);
  }
});

/** An archive that GNU tar makes of files that a shell script writes. */
function gnuTar(t: ExecutionContext, script: string, options: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "millrace-tar-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("sh", ["-ec", `mkdir in && cd in && ${script}`], { cwd: folder });
  execFileSync("tar", ["--sort=name", "-cf", "a.tar", "-C", "in", ...options, "."], { cwd: folder });
  return readFileSync(join(folder, "a.tar"));
}

const LONG = "n".repeat(150);

for (const format of ["v7", "ustar", "gnu", "oldgnu", "posix"])
  test(`tar: archives of GNU tar in the format ${format} are read`, async (t) => {
    const name = format === "v7" || format === "ustar" ? "short" : LONG;
    const script = `mkdir d && printf 7 > d/${name}.cls && printf 'a\\n' > d/${name}.txt && printf x > e.bin`;
    t.deepEqual(await read(gnuTar(t, script, [`--format=${format}`])), [
      { __key__: `./d/${name}`, cls: 7, txt: "a\n" },
      { __key__: "./e", bin: "eA==" },
    ]);
  });

for (const format of ["gnu", "posix"])
  test(`tar: a sparse file of GNU tar in the format ${format} is refused by name`, async (t) => {
    const archive = gnuTar(t, "printf 1 > a.cls && truncate -s 4M b.bin", ["--sparse", `--format=${format}`]);
    const message = /at member ".*b\.bin": it is a sparse file; pack the archive without --sparse/;
    await t.throwsAsync(read(archive), { code: "malformed_input", message });
  });

test("tar: a hard link of GNU tar is refused by name, unless tar follows it", async (t) => {
  const script = "printf 1 > a.cls && ln a.cls b.cls";
  await t.throwsAsync(read(gnuTar(t, script, [])), { message: /member "\.\/b\.cls": it is a hard link/ });
  t.is((await read(gnuTar(t, script, ["--hard-dereference"]))).length, 2);
});

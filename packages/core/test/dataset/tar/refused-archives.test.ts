import { Buffer } from "node:buffer";
import test from "ava";
import { isMillraceError } from "../../../src/mod.ts";
import { planAndRead } from "../../support/dataset.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";
import { type TarEntry, tarArchive } from "../../support/tar-archive.ts";

async function read(content: Uint8Array, name = "a.tar"): Promise<readonly string[]> {
  const objects = new MemoryObjectStore({ pieceBytes: 7 });
  objects.put(`mem://in/${name}`, content);
  return (await planAndRead(objects, [`mem://in/${name}`], { batchSize: 2, format: "tar" })).items;
}

const SAMPLES: readonly TarEntry[] = [
  { path: "d/1.jpg", content: Buffer.from([0xff, 0xd8, 0]) },
  { path: "d/1.json", content: "[1]" },
  { path: "d/2.txt", content: "é" },
  { path: "d/3.txt", content: "" },
];

const file = (path: string, content: string | Uint8Array = "1"): Buffer =>
  tarArchive([{ path: "ok.txt" }, { path, content }]);
const typed = (type: string, content = ""): Buffer => tarArchive([{ path: "a.txt", type, content }]);

const REFUSED: readonly (readonly [title: string, content: Uint8Array, message: RegExp])[] = [
  [
    "JSON that is malformed",
    file("d/a.json", '{\n"a":\n]'),
    /at member "d\/a\.json", line 3: unexpected "\]"/,
  ],
  [
    "JSON that ends too early",
    file("a.json", '{"a":\n1'),
    /at member "a\.json", line 2: it ends before its JSON value does/,
  ],
  ["no JSON at all", file("a.json", ""), /member "a\.json", line 1: it ends before/],
  ["two JSON values", file("a.json", "1\n2"), /member "a\.json", line 2: a second value.*found 2/],
  [
    "text that is not UTF-8",
    file("a.txt", Buffer.from("a\né!", "latin1")),
    /member "a\.txt", line 2: bytes that are not UTF-8/,
  ],
  [
    "text that ends inside a character",
    file("a.txt", Buffer.from([0xc3])),
    /member "a\.txt": .*inside a character/,
  ],
  ["a class that is no number", file("a.cls", "cat"), /member "a\.cls": it is not an integer.*found cat/],
  ["a class without a number", file("a.cls", " \n"), /member "a\.cls": it is not an integer/],
  [
    "two files of one name",
    tarArchive([{ path: "a.TXT" }, { path: "a.txt" }]),
    /member "a\.txt": another member .* name "txt"/,
  ],
  ["a file with the key's name", file("a.__key__"), /member "a\.__key__": another member/],
  ["a hard link", typed("1"), /member "a\.txt": it is a hard link.*--hard-dereference/],
  ["a symbolic link", typed("2"), /member "a\.txt": it is a symbolic link.*--dereference/],
  ["a device", typed("3"), /member "a\.txt": it is a device/],
  ["a pipe", typed("6"), /member "a\.txt": it is a named pipe/],
  ["a sparse file of GNU tar", typed("S"), /member "a\.txt": it is a sparse file.*--sparse/],
  ["a type of file that is unknown", typed("Z"), /member "a\.txt": it has the type "Z"/],
  ["a name that is not UTF-8", latin1Name(), /its name is not UTF-8/],
  [
    "a global header with a path",
    tarArchive([{ path: "ok.txt" }, { path: "g", type: "g", content: "10 path=a\n" }, { path: "b.txt" }]),
    /after member "ok\.txt": a global header with "path"/,
  ],
  [
    "a header for the next file that is too long",
    tarArchive([{ path: "ok.txt" }, { path: "x", type: "x", content: Buffer.alloc(1_100_000, "x") }]),
    /after member "ok\.txt": a header of 1100000 bytes/,
  ],
  [
    "a header for the next file, and no such file",
    tarArchive([{ path: "ok.txt" }, { path: "x", type: "x", content: "9 a=bcde\n" }]),
    /after member "ok\.txt": a header that extends the next member/,
  ],
  [
    "no zeros at its end",
    tarArchive(SAMPLES, { zeroBlocks: 0 }),
    /after member "d\/3\.txt": the file ends without the zeros/,
  ],
  [
    "other bytes after its end",
    Buffer.concat([tarArchive(SAMPLES), Buffer.alloc(512, "x")]),
    /after member "d\/3\.txt": no header of a tar archive/,
  ],
];

function latin1Name(): Buffer {
  const archive = tarArchive([{ path: "a?.txt" }]);
  archive[1] = 0xe9;
  const sum = archive
    .subarray(0, 512)
    .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return archive;
}

for (const [title, content, message] of REFUSED)
  test(`tar: the error names the archive and the member for ${title}`, async (t) => {
    const error = await t.throwsAsync(read(content), { code: "malformed_input", message });
    t.regex(error?.message ?? "", /^Cannot read "\/in\/a\.tar" (?:at|after) member "/);
    t.true(isMillraceError(error) && typeof error.details.member === "string");
  });

test("tar: an archive that is cut off anywhere is refused", async (t) => {
  const archive = tarArchive(SAMPLES);
  const end = archive.length - 1024;
  for (let length = 1; length <= end; length += length % 512 === 511 ? 1 : 73) {
    const cut = archive.subarray(0, length);
    await t.throwsAsync(read(cut), { code: "malformed_input", message: /a\.tar/ }, `${length}`);
  }
  const inside = archive.subarray(0, 512 + 2);
  await t.throwsAsync(read(inside), {
    message: /at member "d\/1\.jpg": the file ends before this member does/,
  });
  await t.throwsAsync(read(new Uint8Array()), {
    message: /"\/in\/a\.tar": the file ends without/,
  });
  t.is((await read(archive.subarray(0, end + 512))).length, 3);
});

test("tar: what is no archive is refused when the user says that it is", async (t) => {
  const message = /"\/in\/a\.csv": no header of a tar archive, its checksum is wrong/;
  await t.throwsAsync(read(Buffer.alloc(600, "a,b\n"), "a.csv"), { message });
});

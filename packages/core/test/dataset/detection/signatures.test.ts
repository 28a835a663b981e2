import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import test from "ava";
import { foreignFile } from "../../../src/dataset/detection/signatures.ts";

/** Files as Python's standard library writes them, by name, in base64. */
const PYTHON = `
import base64, bz2, io, json, lzma, pickle, sqlite3, tarfile, tempfile, zipfile
def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 100)
    return out.getvalue()
def tarred():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.json"), io.BytesIO())
    return out.getvalue()
def database():
    with tempfile.NamedTemporaryFile() as file:
        connection = sqlite3.connect(file.name)
        connection.execute("CREATE TABLE t (a)")
        connection.commit()
        return open(file.name, "rb").read()
files = {
    "workbook": zipped("docProps/app.xml", "docProps/core.xml", "xl/workbook.xml", "[Content_Types].xml"),
    "document": zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
    "zip": zipped("data/pixl/a.csv"),
    "empty zip": zipped(),
    "npz": zipped("arr_0.npy"),
    "tar": tarred(),
    "sqlite": database(),
    "bz2": bz2.compress(b"1\\n"),
    "xz": lzma.compress(b"1\\n"),
    "pickle": pickle.dumps([1]),
}
print(json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()}))
`;

test("foreignFile() names files that Python's standard library writes", (t) => {
  const files = JSON.parse(execFileSync("python3", ["-c", PYTHON], { encoding: "utf8" })) as Record<
    string,
    string
  >;
  const what = Object.entries(files).map(([name, data]) => {
    return [name, foreignFile(Buffer.from(data, "base64").subarray(0, 8_192))?.what];
  });
  t.deepEqual(Object.fromEntries(what), {
    workbook: "an Excel workbook",
    document: "a Word document",
    zip: "a zip archive",
    "empty zip": "an empty zip archive",
    npz: "a NumPy archive (.npz)",
    tar: "a tar archive",
    sqlite: "a SQLite database",
    bz2: "bzip2 data",
    xz: "xz data",
    pickle: "a Python pickle",
  });
});

const HEADS: Readonly<Record<string, readonly [head: string, what: string]>> = {
  avro: ["Obj\x01\x04\x14avro.codec", "an Avro file"],
  arrow: ["ARROW1\0\0\xff\xff\xff\xff", "an Arrow IPC file (Feather)"],
  "arrow stream": ["\xff\xff\xff\xff\x90\0\0\0", "an Arrow IPC stream"],
  feather: ["FEA1\0\0\0\0", "a Feather file of version 1"],
  orc: ["ORC\x08\x03\x10\x03", "an ORC file"],
  lz4: ["\x04\x22\x4d\x18\x64\x40\xa7", "lz4 data"],
  pdf: ["%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"],
  png: ["\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"],
  jpeg: ["\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"],
  gif: ["GIF89a\x01\0\x01\0", "a GIF image"],
  webp: ["RIFF\x24\0\0\0WEBPVP8 ", "a WebP image"],
  bmp: ["BM\x3a\0\0\0\0\0\0\0", "a BMP image"],
  xls: ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file"],
  hdf5: ["\x89HDF\r\n\x1a\n", "an HDF5 file"],
  duckdb: ["\x12\x34\x56\x78\0\0\0\0DUCK\x40", "a DuckDB database"],
  html: ["\n<!DOCTYPE html>\n<html>", "an HTML page"],
  "html with a mark and comments": ["\xef\xbb\xbf<!-- a -->\n<HTML lang='de'>", "an HTML page"],
  xml: ['<?xml version="1.0"?>\n<Error><Code>NoSuchKey', "XML"],
  "utf-32": ["\xff\xfe\0\0a\0\0\0", "text in UTF-32"],
};

for (const [name, [head, what]] of Object.entries(HEADS))
  test(`foreignFile() recognises ${name} by its first bytes`, (t) => {
    const found = foreignFile(Buffer.from(head, "latin1"));
    t.is(found?.what, what);
    t.truthy(found?.way);
  });

test("foreignFile() never mistakes text for one of them, whatever its first column is called", (t) => {
  for (const text of [
    "ORCID,name\n",
    "BMI,age\n1,2",
    "GIF89a,x\n",
    "ID3,x\n",
    "PK,a\n",
    "<b>,x\n",
    "ARROW1\tx",
    "%PDF,a\n",
    "",
  ])
    t.is(foreignFile(Buffer.from(text)), undefined, text);
});

import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import test from "ava";
import { parsePaxRecords } from "../../../src/dataset/tar/pax-records.ts";
import { NotTarError, parseTarHeader } from "../../../src/dataset/tar/tar-header.ts";
import { tarArchive } from "../../support/tar-archive.ts";

test("parseTarHeader() reads the sizes that tarfile writes, up to petabytes", (t) => {
  const sizes = [0, 1, 511, 8 ** 11 - 1, 8 ** 11, 2 ** 40 + 3, 2 ** 53 - 1];
  const python = `
import base64, json, sys, tarfile
def header(size):
    info = tarfile.TarInfo("a")
    info.size = size
    return base64.b64encode(info.tobuf(format=tarfile.GNU_FORMAT)).decode()
print(json.dumps([header(size) for size in json.loads(sys.argv[1])]))`;
  const headers = JSON.parse(
    execFileSync("python3", ["-c", python, JSON.stringify(sizes)], { encoding: "utf8" }),
  );
  t.deepEqual(
    headers.map((header: string) => parseTarHeader(Buffer.from(header, "base64")).sizeBytes),
    sizes,
  );
});

test("parseTarHeader() refuses a block with a wrong checksum, and sizes that are no numbers", (t) => {
  const block = tarArchive([{ path: "a" }]).subarray(0, 512);
  t.is(parseTarHeader(block).path.toString(), "a");
  block[0] = 0x62;
  t.throws(() => parseTarHeader(block), { instanceOf: NotTarError, message: /checksum/ });
  t.throws(() => parseTarHeader(Buffer.alloc(512)), { instanceOf: NotTarError });
});

test("parsePaxRecords() counts bytes, and refuses what is malformed", (t) => {
  const records = parsePaxRecords(Buffer.from("11 path=é\n11 a=b=\n c\n5 k=\n\0\0"));
  t.deepEqual(
    [...records].map(([keyword, value]) => [keyword, value.toString()]),
    [
      ["path", "é"],
      ["a", "b=\n c"],
      ["k", ""],
    ],
  );
  for (const text of ["x", "8 path=a\n", "99 path=a\n", "10 path=ab", "5 ab\n", " path=a\n", "0 a=b\n"])
    t.throws(() => parsePaxRecords(Buffer.from(text)), { instanceOf: NotTarError }, text);
});

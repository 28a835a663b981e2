import { Buffer } from "node:buffer";
import test from "ava";
import { isBinary, notUtf8Reason, unmarkedUtf16 } from "../../src/dataset/text.ts";

test("isBinary() is false for text with tabs, line ends, form feeds, escapes and any letters", (t) => {
  t.false(isBinary(Buffer.from("a\tb\r\n\f\u001b[0mé漢😀")));
  for (const byte of [0, 1, 8, 14, 26, 31]) t.true(isBinary(Buffer.from([97, byte, 98])), String(byte));
});

test("unmarkedUtf16() detects the byte order, and mistakes neither UTF-8 nor binary data for UTF-16", (t) => {
  const text = 'id,text\n1,"größe 漢"\n';
  t.is(unmarkedUtf16(Buffer.from(text, "utf16le")), "little-endian");
  t.is(unmarkedUtf16(Buffer.from(text, "utf16le").swap16()), "big-endian");
  for (const bytes of [Buffer.from(text), Buffer.alloc(64), Buffer.from([0, 1, 0, 0, 1, 0]), Buffer.alloc(0)])
    t.is(unmarkedUtf16(bytes), undefined);
});

test("notUtf8Reason() names the likeliest encoding", (t) => {
  const reason = (bytes: Buffer, at = bytes.findIndex((byte) => byte >= 0x80)) => notUtf8Reason(bytes, at);
  t.regex(reason(Buffer.from('1,"Größe, café \x96 naïve"', "latin1")), /Windows-1252 or Latin-1.*iconv/);
  // "привет, мир" in Windows-1251, "漢字テキスト" in Shift-JIS
  t.regex(reason(Buffer.from("2,\xef\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0", "latin1")), /another encoding/);
  t.regex(reason(Buffer.from("1,\x8a\xbf\x8e\x9a\x83e\x83L\x83X\x83g", "latin1")), /another encoding/);
  t.regex(reason(Buffer.from("1,\x93don\x92t\x94", "latin1")), /Windows-1252/);
  t.regex(reason(Buffer.from([1, 2, 0xff, 3])), /binary data/);
  t.regex(reason(Buffer.from([97, 0xc3]), 2), /ends inside a character/);
});

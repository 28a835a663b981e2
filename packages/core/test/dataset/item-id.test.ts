import test from "ava";
import { itemId } from "../../src/mod.ts";

test("itemId() is the path of a listed file", (t) => {
  t.is(itemId("file_path_lister", '"s3://b/a.png"'), '"s3://b/a.png"');
});

test("itemId() is an item's custom_id if that is a string or a number", (t) => {
  t.is(itemId("item_list", '{"custom_id":"a\\"b","x":1}'), '"a\\"b"');
  t.is(itemId("delimited_files", ' {"custom_id": 7}'), "7");
});

test("itemId() is null for any other item", (t) => {
  for (const item of [
    "1",
    "[1]",
    "null",
    '"custom_id"',
    '["custom_id"]',
    '{"x":{"custom_id":1}}',
    '{"custom_id":null}',
    '{"custom_id":{}}',
    '{"custom_id":true}',
  ]) {
    t.is(itemId("delimited_files", item), "null", item);
  }
});

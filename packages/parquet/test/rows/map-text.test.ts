import test from "ava";
import { mapText } from "../../src/rows/map-text.ts";

test("mapText() is an object in the order of the entries when the keys are scalars", (t) => {
  t.is(
    mapText(
      [
        ['"10"', "1"],
        ['"9"', "2"],
        ['"__proto__"', "3"],
      ],
      { isScalarKey: true },
    ),
    '{"10":1,"9":2,"__proto__":3}',
  );
  t.is(
    mapText(
      [
        ["10", "1"],
        ["true", "2"],
        ["1.0", "3"],
      ],
      { isScalarKey: true },
    ),
    '{"10":1,"true":2,"1.0":3}',
  );
  t.is(mapText([['{"a":1}', "1"]], { isScalarKey: true }), '{"{\\"a\\":1}":1}');
  t.is(mapText([], { isScalarKey: true }), "{}");
});

test("mapText() is a list of pairs when an object would lose something", (t) => {
  t.is(
    mapText(
      [
        ['"a"', "1"],
        ['"a"', "2"],
      ],
      { isScalarKey: true },
    ),
    '[["a",1],["a",2]]',
  );
  t.is(mapText([["null", "1"]], { isScalarKey: true }), "[[null,1]]");
  t.is(mapText([['{"k":1}', "1"]], { isScalarKey: false }), '[[{"k":1},1]]');
  t.is(mapText([], { isScalarKey: false }), "[]");
});

import test from "ava";
import fc from "fast-check";
import { nameColumns } from "../../src/dataset/csv-columns.ts";

test("nameColumns() keeps distinct names as they are", (t) => {
  t.deepEqual(nameColumns(["a", " b", "column_1", "__proto__"]), {
    names: ["a", " b", "column_1", "__proto__"],
  });
});

test("nameColumns() numbers repeated names, and avoids names that the header has", (t) => {
  t.deepEqual(nameColumns(["a", "a", "a_2", "a"]).names, ["a", "a_3", "a_2", "a_4"]);
  t.deepEqual(nameColumns(["", "column_1", " ", "x"]).names, ["column_1_2", "column_1", "column_3", "x"]);
  t.deepEqual(nameColumns(["column_2", ""]).names, ["column_2", "column_2_2"]);
});

test("nameColumns() lists the first changes and counts the others", (t) => {
  const { warning } = nameColumns(["a", ...Array.from({ length: 9 }, () => "a")]);
  t.regex(warning ?? "", /^column 2 is another "a", it is read as "a_2"; .*"a_6"; and 4 more such columns$/);
});

test("nameColumns() gives each column a distinct name, and keeps unique names", (t) => {
  const name = fc.constantFrom(
    "",
    " ",
    "a",
    "b",
    "a_2",
    "a_3",
    "a_2_2",
    "column_1",
    "column_2",
    "column_1_2",
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (header) => {
      const { names } = nameColumns(header);
      if (new Set(names).size !== header.length) throw new Error(names.join());
      for (const [i, given] of header.entries())
        if (given.trim() !== "" && header.indexOf(given) === i && names[i] !== given)
          throw new Error(names.join());
    }),
  );
  t.pass();
});

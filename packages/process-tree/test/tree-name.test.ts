import test from "ava";
import { TREE_VARIABLE, treeName, treeOf } from "../src/tree-name.ts";

test("treeName() returns names that start with those of the enclosing trees, and of no others", (t) => {
  const job = treeName("home/", "job", "1");
  t.is(job, "home/job/1/");
  t.true(treeName(job, "0").startsWith(job));
  t.false(treeName("home/", "job", "12").startsWith(job));
  t.is(treeName(undefined, "a"), "a/");
});

test("treeOf() finds the variable, not similar text", (t) => {
  const environment = (...entries: string[]) => Buffer.from(entries.map((entry) => `${entry}\0`).join(""));
  t.is(treeOf(environment("A=1", `${TREE_VARIABLE}=a/b/`, "B=2")), "a/b/");
  t.is(treeOf(environment(`${TREE_VARIABLE}=a/`)), "a/");
  t.is(treeOf(environment(`SAID=${TREE_VARIABLE}=x/`, `MY_${TREE_VARIABLE}=y/`)), undefined);
  t.is(treeOf(environment(`SAID=${TREE_VARIABLE}=x/`, `${TREE_VARIABLE}=a/`)), "a/");
  t.is(treeOf(Buffer.alloc(0)), undefined);
  // A program that writes its title over its environment may cut it.
  t.is(treeOf(Buffer.from(`A=1\0${TREE_VARIABLE}=a/`)), "a/");
});

import test from "ava";
import { clusterYaml, SHAPES, type Shape, type Stack, shapeName, synth } from "../fixtures/synth.ts";
import { BROKEN } from "./broken-stacks.ts";
import * as batch from "./checks-batch.ts";
import * as data from "./checks-data.ts";
import * as iam from "./checks-iam.ts";
import type { Check } from "./checks-network.ts";
import * as network from "./checks-network.ts";

const { containerOf: _, ...iamChecks } = iam;
const CHECKS: Readonly<Record<string, Check>> = { ...network, ...batch, ...data, ...iamChecks };
const FULL: Shape = { network: "endpoints", gpus: "gpus", access: "public" };
const stacks = new Map(SHAPES.map((shape) => [shapeName(shape), synth(clusterYaml(shape))]));

for (const [name, stack] of stacks) {
  test(`the stack for ${name} passes every check`, (t) => {
    for (const [check, find] of Object.entries(CHECKS)) t.deepEqual(find(stack), [], check);
  });
}

test("every check has a stack that it refuses", (t) => {
  t.deepEqual(Object.keys(BROKEN).sort(), Object.keys(CHECKS).sort());
});

for (const [check, ways] of Object.entries(BROKEN)) {
  for (const [what, break_, says] of ways) {
    test(`${check} refuses ${what}`, (t) => {
      const stack = structuredClone(stacks.get(shapeName(FULL)) as Stack);
      break_(stack);
      t.regex(CHECKS[check]?.(stack).join("\n") ?? "", says);
    });
  }
}

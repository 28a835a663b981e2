import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../fault.ts";

/** An order for the predictor. The first predictor that finds it removes and executes it, so it happens once. */
function order(name: string): Fault {
  let orders = 0;
  return {
    needs: ["orders"],
    weight: 3,
    inject: async ({ orders: directory }) => {
      if (directory === undefined) return undefined;
      await writeFile(join(directory, `${name}-${++orders}`), "");
      return { what: "the next predictor" };
    },
  };
}

export const predictorHangs = order("hang");
export const predictorExits = order("exit");
export const predictorExhaustsMemory = order("memory");

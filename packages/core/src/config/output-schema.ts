import { z } from "zod";
import type { NanRule, OutputRules } from "../api.ts";
import { DEFAULTS } from "../defaults.ts";

const NAN_RULES = ["error", "null", "string"] as const satisfies readonly NanRule[];
const description =
  "What becomes of NaN and infinities in what `predict` returns, since JSON does not have them. `error`: the attempt fails with `invalid_output`. `null`: they become null. `string`: they become the strings `NaN`, `Infinity` and `-Infinity`.";
const nan = z.enum(NAN_RULES);

/** `output` of an API. */
export const OutputSchema = z.strictObject({
  nan: nan.default(DEFAULTS.outputNan).meta({ description, example: "null" }),
});

/** `output` of a submission: each field that it gives overrides the API's. */
export const SubmissionOutputSchema = z
  .strictObject({
    nan: nan.optional().meta({ description, example: "null", "x-default": "the API's `output`" }),
  })
  .meta({ id: "Output", description: "How outputs are written." });

/** The rules that differ from the default; undefined when none does. */
export function toOutputRules(output: { readonly nan: NanRule }): OutputRules | undefined {
  return output.nan === DEFAULTS.outputNan ? undefined : { nan: output.nan };
}

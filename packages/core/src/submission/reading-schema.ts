import { z } from "zod";
import { got } from "../config/field-error.ts";
import { FORMAT_NAMES } from "./format-names.ts";

const FORMATS = Object.keys(FORMAT_NAMES) as (keyof typeof FORMAT_NAMES)[];

/** A printable ASCII character that is no quote, or a tab, which shells write as `\\t`. */
const DELIMITER = /^(?:auto|\\t|[ !#-&(-_a-~\t])$/;
const COMMENTS = ["#", "%", "!", ";", "*"] as const;

const csv = z
  .strictObject({
    delimiter: z
      .string()
      .regex(DELIMITER, {
        error: ({ input }) =>
          `must be "auto" or a single ASCII character that is not a quote (got ${got(input)})`,
      })
      .default("auto")
      .meta({
        description:
          "The character between two fields; `\\t` is a tab. `auto`: the first records of each file show whether it is a comma, a semicolon, a tab, `|` or the byte 0x01.",
        example: ";",
      }),
    quote: z.enum(['"', "'", "`", "none"]).default('"').meta({
      description:
        "The character around fields that contain delimiters or line ends; inside such a field it is doubled. `none`: quotes are ordinary text.",
      "x-default": '`"`',
    }),
    comment: z
      .enum([...COMMENTS, "none"])
      .default("none")
      .meta({
        description: "Lines that start with this character are skipped.",
        example: "#",
      }),
    header: z.boolean().default(true).meta({
      description:
        "Whether the first record has the names of the columns. If not, they are `column_1`, `column_2` and so on.",
    }),
  })
  .refine(({ delimiter, comment }) => delimiter !== comment, {
    error: ({ input }) =>
      `delimiter and comment must be different (got ${got((input as { readonly comment: string }).comment)})`,
  })
  .meta({
    id: "CsvOptions",
    description: "How CSV files are written.",
    not: {
      anyOf: COMMENTS.map((character) => ({
        required: ["delimiter", "comment"],
        properties: { delimiter: { const: character }, comment: { const: character } },
      })),
    },
  });

export type CsvOptions = z.output<typeof csv>;

/** How the contents of files are read. */
export const READING_FIELDS = {
  format: z.enum(FORMATS).optional().meta({
    description: "The format of every file.",
    "x-default": "what each file's first bytes and name show",
  }),
  csv: csv.optional().meta({
    description:
      "How CSV files are written. If it is given, text files and files whose bytes and names show no format are read as CSV.",
    "x-default": "as the first records of each file show",
  }),
  json_arrays: z.enum(["items", "whole"]).optional().meta({
    description:
      "How to read a file whose only value is a JSON array. `items`: each element is an item. `whole`: the array is one item.",
    "x-default": "`items` for an array of objects, else `whole`",
  }),
  nan: z.enum(["null", "string"]).default("null").meta({
    description:
      "What the predictor gets for NaN and infinities in files, which JSON does not have: null, or the strings `NaN`, `Infinity` and `-Infinity`.",
  }),
};

/** Options that have no effect on the other formats. */
const ONLY_WITH = [
  { field: "csv", format: "csv", given: { type: "object" } },
  { field: "json_arrays", format: "ndjson", given: { type: "string" } },
] as const;

export function readingConflicts(
  files: {
    readonly [Field in (typeof ONLY_WITH)[number]["field"] | "format"]?: unknown;
  },
): readonly { readonly field: string; readonly message: string }[] {
  const { format } = files;
  return ONLY_WITH.filter(
    ({ field, format: own }) => files[field] !== undefined && format !== undefined && format !== own,
  ).map(({ field, format: own }) => ({
    field,
    message: `has no effect on files of the format ${got(format)}, expected the format ${got(own)} or none`,
  }));
}

/** What {@link readingConflicts} refuses, as JSON Schema. */
export const READING_CONFLICTS = {
  anyOf: ONLY_WITH.map(({ field, format, given }) => ({
    required: [field, "format"],
    properties: { [field]: given, format: { enum: FORMATS.filter((name) => name !== format) } },
  })),
};

import { parseArgs } from "node:util";

export interface Arguments {
  readonly cases: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly publish: boolean;
}

/** Parses the command line; returns an error text if it is invalid. Without cases, all of them run. */
export function parseArguments(
  args: readonly string[],
  known: readonly string[],
): Arguments | { readonly problem: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
        rounds: { type: "string" },
      },
    });
    const unknown = positionals.find((name) => !known.includes(name));
    if (unknown !== undefined)
      return { problem: `Cannot run "${unknown}": not a case, expected some of ${known.join(", ")}` };
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
    if (!Number.isInteger(rounds) || rounds < 1)
      return { problem: `Cannot run "--rounds ${values.rounds}": expected a whole number from 1` };
    const cases = positionals.length > 0 ? known.filter((name) => positionals.includes(name)) : known;
    return { cases, quick: values.quick, publish: values.publish, rounds };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** Where in a command line the cursor is. */
export interface Place {
  /** The innermost command so far. */
  readonly command: CommandUnknownOpts;
  /** Its arguments typed so far. */
  readonly values: readonly string[];
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
  /** The part of the word typed so far, without `prefix`. */
  readonly typed: string;
  /** Precedes every candidate, such as `--env=`. */
  readonly prefix: string;
  /** Option values so far, by the name that the program uses, such as `home`. */
  readonly options: Readonly<Record<string, string>>;
}

/** Finds the place of the last word, which may be empty. Ignores mistakes in the words before it. */
export function findPlace(program: CommandUnknownOpts, words: readonly string[]): Place {
  // bash splits words at equals signs.
  const whole = words.filter((word, i) => word !== "=" || i === words.length - 1);
  const typed = whole.at(-1) ?? "";
  let command = program;
  let values: string[] = [];
  let open: Option | undefined;
  const options: Record<string, string> = {};
  for (const word of whole.slice(0, -1)) {
    if (word.startsWith("-")) {
      const [flag = "", value] = splitEquals(word);
      const option = findOption(command, flag);
      if (option !== undefined && value !== undefined) options[option.attributeName()] = value;
      open = value === undefined && takesValue(option) ? option : undefined;
    } else if (open !== undefined) {
      options[open.attributeName()] = word;
      if (!open.variadic) open = undefined;
    } else {
      const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (inner === undefined) values.push(word);
      else [command, values] = [inner, []];
    }
  }
  const base = { command, values, options };
  if (open !== undefined && !typed.startsWith("-")) {
    return { ...base, option: open, typed: typed === "=" ? "" : typed, prefix: "" };
  }
  const [flag = "", value] = splitEquals(typed);
  const option = value === undefined ? undefined : findOption(command, flag);
  if (value !== undefined && takesValue(option)) {
    return { ...base, option, typed: value, prefix: `${flag}=` };
  }
  return { ...base, option: undefined, typed, prefix: "" };
}

/** The options allowed here: the command's own, then the global ones. */
export function optionsOf(command: CommandUnknownOpts): readonly Option[] {
  const outer = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...outer].filter(({ hidden }) => !hidden);
}

function findOption(command: CommandUnknownOpts, flag: string): Option | undefined {
  return optionsOf(command).find(({ long, short }) => long === flag || short === flag);
}

function takesValue(option: Option | undefined): boolean {
  return option !== undefined && (option.required || option.optional);
}

function splitEquals(word: string): readonly [string, string?] {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

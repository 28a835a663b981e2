import type { Argument, CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { App } from "../session.ts";
import { findPlace, optionsOf, type Place } from "./find-place.ts";
import { apiNames, type Candidate, environmentNames, jobIds } from "./known-names.ts";

/** A line that tells the script to let the shell complete paths. */
const FILES = ":files";
const DIRECTORIES = ":directories";

/** Names from a service end up on the user's command line. */
const HARMLESS = /^[A-Za-z0-9-][A-Za-z0-9._-]*$/;

export interface CompleteOptions {
  readonly program: CommandUnknownOpts;
  /** The words after the command's name; the last one is being typed and may be empty. */
  readonly words: readonly string[];
  /** Creates a session with the options typed so far. */
  readonly session: (options: Place["options"]) => App;
}

/**
 * The lines that the completion scripts read: `value<tab>description`, or a request to let the shell complete a path.
 */
export async function complete({ program, words, session }: CompleteOptions): Promise<readonly string[]> {
  const place = findPlace(program, words);
  const found = await candidatesAt(place, () => session(place.options)).catch(() => []);
  if (typeof found === "string") return [found];
  return found
    .filter(({ value }) => HARMLESS.test(value) && value.startsWith(place.typed))
    .map(({ value, description = "" }) => `${place.prefix}${value}\t${description.replace(/\s+/g, " ")}`);
}

type Found = readonly Candidate[] | string;

async function candidatesAt(place: Place, app: () => App): Promise<Found> {
  const { command, option, typed, values } = place;
  if (option !== undefined) return valuesOf(option, app);
  if (typed.startsWith("-")) return optionCandidates(command);
  if (command.commands.length > 0) return commandCandidates(command);
  const known = command.registeredArguments;
  const argument = known[values.length] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
  return argument === undefined ? [] : argumentValues(argument, { command, values, app });
}

async function valuesOf(option: Option, app: () => App): Promise<Found> {
  if (option.argChoices !== undefined) return option.argChoices.map((value) => ({ value }));
  if (option.long === "--env") return environmentNames(app());
  if (option.long === "--api") return apiNames(app());
  if (/<dir>/.test(option.flags)) return DIRECTORIES;
  return /<(file|prefix\.\.\.)>/.test(option.flags) ? FILES : [];
}

async function argumentValues(
  argument: Argument,
  at: { readonly command: CommandUnknownOpts; readonly values: readonly string[]; readonly app: () => App },
): Promise<Found> {
  if (argument.argChoices !== undefined) return argument.argChoices.map((value) => ({ value }));
  switch (argument.name()) {
    case "api":
      return apiNames(at.app());
    case "job":
      return jobIds(at.app(), at.values[0]);
    case "name":
      // A new environment needs a name that does not exist yet.
      return at.command.name() === "add" ? [] : environmentNames(at.app());
    case "file":
      return FILES;
    case "dir":
      return DIRECTORIES;
    default:
      return [];
  }
}

function optionCandidates(command: CommandUnknownOpts): readonly Candidate[] {
  const help = { value: "--help", description: "display help for command" };
  const named = optionsOf(command).map(({ long, short, description }) => ({
    value: long ?? short ?? "",
    description,
  }));
  return [...named, help];
}

function commandCandidates(command: CommandUnknownOpts): readonly Candidate[] {
  return command.commands
    .filter((one) => !one.name().startsWith("_"))
    .map((one) => ({ value: one.name(), description: one.description() }));
}

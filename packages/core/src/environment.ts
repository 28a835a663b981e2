import { MillraceError } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads one variable; an empty one counts as unset. Workers read their configuration with it too, so it needs no schema
 * library: loading one would cost every worker start-up time.
 *
 * @param options.parse undefined, or a SyntaxError, for a value that is not acceptable
 * @param options.expected completes "Cannot use MILLRACE_PORT "x": expected …"
 * @param options.fallback when unset @default the variable is required
 * @throws {MillraceError} invalid_config naming the variable
 */
export function readVariable<Value, const Fallback = never>(
  environment: Environment,
  name: string,
  options: {
    readonly parse: (text: string) => Value | undefined;
    readonly expected: string;
    readonly fallback?: Fallback;
  },
): Value | Fallback {
  const text = environment[name]?.trim() ?? "";
  if (text === "" && "fallback" in options) return options.fallback as Fallback;
  const value = text === "" ? undefined : parseOrNone(text, options.parse);
  if (value !== undefined) return value;
  throw new MillraceError("invalid_config", `Cannot use ${name} "${text}": expected ${options.expected}`, {
    details: { field: name },
  });
}

function parseOrNone<Value>(text: string, parse: (text: string) => Value | undefined): Value | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

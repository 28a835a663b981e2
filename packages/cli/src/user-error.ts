import { EXIT, type ExitCode } from "./exit-codes.ts";

/** Ends the command with an error that the user can fix; printed without a stack. */
export class UserError extends Error {
  readonly exitCode: ExitCode;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: { readonly exitCode?: ExitCode; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.exitCode = options.exitCode ?? EXIT.usage;
    this.hint = options.hint;
  }
}

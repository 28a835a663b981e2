/** How hosts recognise these errors, whichever copy of this module a project uses. */
export const ITEM_ERROR = Symbol.for("millrace.ItemError");
export const RETRY_LATER = Symbol.for("millrace.RetryLater");

const CODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const MAX_DETAILS_CHARS = 16 * 1024;
const MAX_SHOWN_CHARS = 100;

/**
 * The item has no output, and this is why: its row is an error row at once. Throw it in `predictItem`, or return it in
 * the array of `predict`, as `Promise.allSettled` does.
 */
export class ItemError extends Error {
  override readonly name = "ItemError";
  readonly [ITEM_ERROR] = true;
  /** A short name for the reason, such as `broken_image`: letters, digits, `_`, `-`, `.`, at most 100 characters. */
  readonly code: string;
  /** Any JSON value of at most 16 KiB, added to the item's row. */
  readonly details: unknown;
  /** True if another attempt may help; the item is then tried `max_attempts` times. */
  readonly retryable: boolean;

  /** @throws {RangeError} when the code or the details are not as described */
  constructor(
    code: string,
    message: string,
    options: { readonly details?: unknown; readonly retryable?: boolean } = {},
  ) {
    super(message);
    if (typeof code !== "string" || !CODE.test(code)) {
      throw new RangeError(
        `Cannot use "${String(code).slice(0, MAX_SHOWN_CHARS)}" as the code of an ItemError: expected at most 100 letters, digits, "_", "-" and "."`,
      );
    }
    this.code = code;
    this.details = checked(options.details);
    this.retryable = options.retryable ?? false;
  }
}

/** Gives the item, or the batch, back uncharged, to be tried again later. */
export class RetryLater extends Error {
  override readonly name = "RetryLater";
  readonly [RETRY_LATER] = true;
  /** At least 0; more than 12 hours count as 12 hours. */
  readonly seconds: number;

  /** @throws {RangeError} when `seconds` is negative or not a number */
  constructor(seconds: number, message?: string) {
    super(message ?? `retry after ${seconds} s`);
    if (!(Number(seconds) >= 0)) {
      throw new RangeError(`Cannot retry after ${seconds} seconds: expected a number of at least 0`);
    }
    this.seconds = Number(seconds);
  }
}

function checked(details: unknown): unknown {
  if (details === undefined || details === null) return undefined;
  const text = JSON.stringify(details);
  if (text === undefined || text.length > MAX_DETAILS_CHARS) {
    throw new RangeError(
      `Cannot use the details of an ItemError: expected a JSON value of at most ${MAX_DETAILS_CHARS} characters`,
    );
  }
  return JSON.parse(text);
}

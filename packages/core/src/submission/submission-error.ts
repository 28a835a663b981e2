import type { FieldError } from "../config/field-error.ts";
import { fieldName, shownName } from "../config/schema-fields.ts";
import { MillraceError } from "../errors.ts";

/** Mistakes beyond this are counted but not listed. */
const MAX_LISTED = 100;

/** One error with all mistakes of a submission, one line each, in Cortex's format. */
export function submissionError(mistakes: readonly FieldError[]): MillraceError {
  const listed = mistakes.slice(0, MAX_LISTED);
  const lines = listed.map(({ path, message }) => [...path.map(pathPart), message].join(": "));
  if (mistakes.length > listed.length) lines.push(`${mistakes.length - listed.length} more errors`);
  const errors = listed.map(({ path, message }) => {
    return path.length === 0 ? { message } : { field: fieldName(path), message };
  });
  const field = errors.find((error) => error.field !== undefined)?.field;
  return new MillraceError("invalid_submission", lines.join("\n"), {
    details: { ...(field === undefined ? {} : { field }), errors },
  });
}

function pathPart(part: string | number): string {
  return typeof part === "number" ? `index ${part}` : shownName(part);
}

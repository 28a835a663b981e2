import { type BackendCapabilities, MillraceError } from "@millrace/core";
import type { Submission } from "@millrace/core/schemas";

/**
 * Rejects what this backend cannot do. @throws {MillraceError} invalid_submission naming the field and what to do
 * instead
 */
export function checkCapabilities(submission: Submission, capabilities: BackendCapabilities): void {
  const { dataset, sqsDeadLetterQueue } = submission;
  if (sqsDeadLetterQueue && !capabilities.deadLetterQueue) {
    throw invalid(
      "sqs_dead_letter_queue",
      "is not supported by this backend, leave it out: failed items are kept, see GET /<endpoint>/<id>/failures",
    );
  }
  if (dataset.kind === "item_list") return;
  for (const [i, path] of dataset.paths.entries()) {
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(path)?.[1]?.toLowerCase() ?? "file";
    if (capabilities.schemes.includes(scheme)) continue;
    const known = capabilities.schemes.map((name) => `${name}://`).join(", ");
    throw invalid(
      `${dataset.kind}.s3_paths[${i}]`,
      `this backend reads ${known}, not ${scheme}:// (got ${JSON.stringify(path)})`,
    );
  }
}

function invalid(field: string, message: string): MillraceError {
  return new MillraceError("invalid_submission", `${field}: ${message}`, { details: { field } });
}

import { MillraceError } from "./errors.ts";

/** The error for a job whose API was deleted while its submission was arriving. */
export function apiIsGone(apiName: string): MillraceError {
  return new MillraceError(
    "api_not_found",
    `Cannot submit a job to API "${apiName}": it was deleted, or deleted and deployed again, while the request arrived; deploy it, or submit again`,
    { details: { api_name: apiName } },
  );
}

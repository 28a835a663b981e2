/** What a page shows for a failed request. */
export interface ShownProblem {
  readonly detail: string;
  /** Identifies the request in the service's log. */
  readonly requestId: string | undefined;
  readonly status: number | undefined;
}

/** Describes what went wrong: a problem document, an error that carries one, or anything else that was thrown. */
export function shownProblem(error: unknown): ShownProblem {
  const carried = (error as { readonly problem?: unknown } | undefined)?.problem;
  const { detail, request_id, status } = (carried ?? error ?? {}) as {
    readonly detail?: unknown;
    readonly request_id?: unknown;
    readonly status?: unknown;
  };
  return {
    detail: typeof detail === "string" ? detail : messageOf(error),
    requestId: typeof request_id === "string" ? request_id : undefined,
    status: typeof status === "number" ? status : undefined,
  };
}

function messageOf(error: unknown): string {
  // fetch throws this when there is no answer; the text differs between browsers.
  if (error instanceof TypeError) return "The service does not answer";
  return error instanceof Error ? error.message : String(error);
}

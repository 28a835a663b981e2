/** What a page says of a request that did not succeed. */
export interface ShownProblem {
  readonly detail: string;
  /** By which the service's log knows it. */
  readonly requestId: string | undefined;
  readonly status: number | undefined;
}

/** Tells what went wrong: a problem document, an error that carries one, or whatever else was thrown. */
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
  // What fetch throws when there is no answer; its words differ from browser to browser.
  if (error instanceof TypeError) return "The service does not answer";
  return error instanceof Error ? error.message : String(error);
}

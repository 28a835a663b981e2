/** What the REST API sends of failed items. */

/** One line of `GET /<endpoint>/<id>/failures`. */
export interface FailureView {
  readonly index: number;
  readonly id: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly attempts: number };
  /** The item as it was given to the predictor; null when the input cannot be read any more. */
  readonly payload: unknown;
  /** Attempts of the item's last batch, oldest first. */
  readonly attempts: readonly {
    readonly attempt: number;
    readonly worker: number;
    readonly time: string;
    readonly code: string;
    readonly type: string | null;
    readonly message: string;
    readonly traceback: string | null;
  }[];
}

/** Failed items whose errors are alike. */
export interface FailureGroup {
  readonly code: string;
  /** Class of the error. */
  readonly type: string | null;
  /** The message, with what differs between its items, such as numbers and paths, as "…". */
  readonly message: string;
  readonly items: number;
  /** The first of them in input order. */
  readonly example: FailureView;
}

/** `GET /<endpoint>/<id>/failures/groups` */
export interface FailureGroupsResponse {
  /** Largest first, at most 50. */
  readonly groups: readonly FailureGroup[];
  /** Failed items that were looked at. */
  readonly items: number;
  /** False when the job has more failed items, or more kinds of errors, than these tell of. */
  readonly is_complete: boolean;
}

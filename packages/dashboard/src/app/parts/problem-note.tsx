import { shownProblem } from "../state/problem.ts";

/** An error from the service, with the id to find it in the service's log. */
export function ProblemNote(props: { readonly error: unknown; readonly retry?: (() => void) | undefined }) {
  const { detail, requestId } = shownProblem(props.error);
  return (
    <div role="alert" class="note note-bad">
      <p>{detail}</p>
      {requestId !== undefined && (
        <p class="note-small">
          Request <code>{requestId}</code>
        </p>
      )}
      {props.retry && (
        <button type="button" class="button" onClick={props.retry}>
          Try again
        </button>
      )}
    </div>
  );
}

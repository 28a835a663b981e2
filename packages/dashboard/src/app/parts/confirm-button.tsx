import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { ProblemNote } from "./problem-note.tsx";

/** A button that asks for confirmation; a failure is shown in the same place. */
export function ConfirmButton(props: {
  readonly label: string;
  readonly kind?: "danger" | "primary";
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onConfirm: () => Promise<void>;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const open = () => {
    setError(undefined);
    dialog.current?.showModal();
  };
  const confirm = async () => {
    setBusy(true);
    try {
      await props.onConfirm();
      dialog.current?.close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const look = props.kind ? `button button-${props.kind}` : "button";
  return (
    <>
      <button type="button" class={look} onClick={open}>
        {props.label}
      </button>
      <dialog ref={dialog} class="dialog" aria-labelledby={titleId}>
        <h2 id={titleId}>{props.title}</h2>
        {props.children}
        {error !== undefined && <ProblemNote error={error} />}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" class={look} disabled={isBusy} onClick={confirm}>
            {isBusy ? "Working…" : props.label}
          </button>
        </div>
      </dialog>
    </>
  );
}

import type { BatchAction } from "./action-names.ts";
import { BatchServiceError } from "./service-error.ts";

export type OnceFault = "imagePull" | "duplicateSubmit" | "timeoutSubmit";

interface AnswerFault {
  readonly type: "TooManyRequestsException" | "ServerException";
  readonly action: BatchAction | undefined;
  left: number;
}

/** Faults to inject next, each with a count. */
export class Faults {
  readonly #once: Record<OnceFault, number> = { imagePull: 0, duplicateSubmit: 0, timeoutSubmit: 0 };
  readonly #answers: AnswerFault[] = [];

  arm(fault: OnceFault, count: number): void {
    this.#once[fault] += count;
  }

  take(fault: OnceFault): boolean {
    if (this.#once[fault] === 0) return false;
    this.#once[fault]--;
    return true;
  }

  /** Without an action, the next requests of any action. */
  armAnswer(
    type: AnswerFault["type"],
    count: number,
    { action }: { readonly action: BatchAction | undefined },
  ) {
    this.#answers.push({ type, action, left: count });
  }

  /** @throws the error for this request, if one is due. */
  throwDueAnswer(action: BatchAction): void {
    const due = this.#answers.find(
      (fault) => fault.left > 0 && (fault.action === undefined || fault.action === action),
    );
    if (due === undefined) return;
    due.left--;
    const message = due.type === "ServerException" ? "Internal error" : "Too Many Requests";
    throw new BatchServiceError(due.type, message);
  }
}

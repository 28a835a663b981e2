import { type Draw, Draws } from "./draws.ts";
import { Fault } from "./fault.ts";
import { canOccur, checkRates, type FaultKind, type FaultRates, ratesAt } from "./fault-kinds.ts";
import type { Service, Target } from "./service.ts";

/** A fault for the next matching requests. */
export interface Injection {
  readonly service: Service;
  /** @default any operation that can have the fault */
  readonly operation?: string | undefined;
  readonly kind: FaultKind;
  /** @default 1 */
  readonly times?: number | undefined;
  /** Exact delay for `delay`. @default the proxy's `delayMs` */
  readonly delayMs?: number | undefined;
}

export interface FaultPlanOptions {
  readonly seed: number;
  /** Replaces the seed's random numbers. */
  readonly random?: Draw | undefined;
  readonly delayMs: number;
  readonly count: (service: Service, kind: FaultKind) => void;
}

/** Decides which requests fail, and how: injected faults first, then by rates. */
export class FaultPlan {
  readonly #options: FaultPlanOptions;
  readonly #draws: Draws;
  readonly #injections: { readonly asked: Injection; left: number }[] = [];
  #rates: FaultRates = {};

  constructor(options: FaultPlanOptions) {
    this.#options = options;
    this.#draws = new Draws(options.seed);
  }

  setRates(rates: FaultRates): void {
    checkRates(rates);
    this.#rates = structuredClone(rates);
  }

  inject(injection: Injection): void {
    const { kind, service, operation, times = 1 } = injection;
    if (!canOccur(kind, injection)) {
      const place = operation === undefined ? service : `${service} ${operation}`;
      throw new RangeError(`Cannot inject fault "${kind}": it does not occur at ${place}`);
    }
    this.#injections.push({ asked: injection, left: times });
  }

  /** At most one fault per request. */
  next(target: Target): Fault | undefined {
    const draw = this.#options.random ?? this.#draws.next(target);
    const due = this.#injections.find(({ asked, left }) => left > 0 && matches(asked, target));
    if (due === undefined) {
      const kind = drawKind(ratesAt(this.#rates, target), draw);
      if (kind === undefined) return undefined;
      const delayMs = draw() * this.#options.delayMs;
      return this.#fault(target, { kind, draw, delayMs, isInjected: false, giveBack: () => {} });
    }
    due.left--;
    const { kind, delayMs = this.#options.delayMs } = due.asked;
    const giveBack = () => {
      due.left++;
    };
    return this.#fault(target, { kind, draw, delayMs, isInjected: true, giveBack });
  }

  #fault({ service }: Target, parts: Omit<ConstructorParameters<typeof Fault>[0], "count">): Fault {
    return new Fault({ ...parts, count: () => this.#options.count(service, parts.kind) });
  }
}

function matches({ service, operation, kind }: Injection, target: Target): boolean {
  const isMeant = service === target.service && (operation ?? target.operation) === target.operation;
  return isMeant && canOccur(kind, target);
}

function drawKind(rates: readonly (readonly [FaultKind, number])[], draw: Draw): FaultKind | undefined {
  const sum = rates.reduce((total, [, rate]) => total + rate, 0);
  let point = draw() * Math.max(1, sum);
  for (const [kind, rate] of rates) {
    if (point < rate) return kind;
    point -= rate;
  }
  return undefined;
}

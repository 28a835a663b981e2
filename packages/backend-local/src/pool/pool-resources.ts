import type { ApiSpec } from "@millrace/core";

/** Resources that one machine offers to workers. */
export interface Machine {
  readonly cpus: number;
  /** Named as in `CUDA_VISIBLE_DEVICES`. */
  readonly gpus: readonly string[];
  readonly memBytes: number;
}

/** Resources that one worker needs. */
export interface Demand {
  readonly cpu: number;
  readonly gpu: number;
  readonly memBytes: number;
}

/**
 * What a worker needs. A demand for more cores than exist is capped to all of them, so that one worker can always run.
 */
export function demandOf({ compute }: ApiSpec, machine: Machine): Demand {
  return {
    cpu: Math.min(compute.cpu, machine.cpus),
    gpu: compute.gpu,
    memBytes: compute.memBytes ?? 0,
  };
}

/** Why there is no room for a worker, in words. */
export interface Waiting {
  readonly reason: string;
  /** True when even the whole machine would not be enough. */
  readonly neverStarts?: boolean;
}

/** Tolerance for adding up fractions of cores: 10 x 0.1 is one core. */
const ROUNDING = 1e-6;

/** Free resources on the machine while waiting workers are considered in order. */
export class Room {
  readonly #machine: Machine;
  #cpu: number;
  #memBytes: number;
  #gpus: string[];
  /** Reserved for workers earlier in the line; otherwise small workers would starve a large one. */
  #keptCpu = 0;
  #keptGpu = 0;
  #keptMemBytes = 0;

  constructor(machine: Machine, used: readonly (Demand & { readonly gpuNames: readonly string[] })[]) {
    this.#machine = machine;
    this.#cpu = used.reduce((cpu, demand) => cpu - demand.cpu, machine.cpus);
    this.#memBytes = used.reduce((bytes, demand) => bytes - demand.memBytes, machine.memBytes);
    const taken = new Set(used.flatMap(({ gpuNames }) => gpuNames));
    this.#gpus = machine.gpus.filter((name) => !taken.has(name));
  }

  /** Reserves room for a worker. Returns its GPUs, or the reason why it has to wait. */
  take(demand: Demand): { readonly gpuNames: readonly string[] } | Waiting {
    const never = this.#never(demand);
    if (never) return { reason: never, neverStarts: true };
    const missing = this.#missing(demand);
    if (missing) {
      this.#keptCpu += demand.cpu;
      this.#keptGpu += demand.gpu;
      this.#keptMemBytes += demand.memBytes;
      return { reason: missing };
    }
    this.#cpu -= demand.cpu;
    this.#memBytes -= demand.memBytes;
    return { gpuNames: this.#gpus.splice(0, demand.gpu) };
  }

  /** Releases the room of a worker that could not be started. */
  giveBack({ cpu, memBytes }: Demand, gpuNames: readonly string[]): void {
    this.#cpu += cpu;
    this.#memBytes += memBytes;
    this.#gpus.unshift(...gpuNames);
  }

  #never({ gpu, memBytes }: Demand): string | undefined {
    const { gpus, memBytes: machineBytes } = this.#machine;
    if (gpu > gpus.length) {
      return `it can never start: it needs ${plural(gpu, "GPU")}, this machine has ${gpus.length}; lower compute.gpu`;
    }
    if (memBytes > machineBytes) {
      return `it can never start: it needs ${gibibytes(memBytes)} of memory, this machine has ${gibibytes(machineBytes)}; lower compute.mem`;
    }
    return undefined;
  }

  #missing({ cpu, gpu, memBytes }: Demand): string | undefined {
    const { cpus, gpus, memBytes: machineBytes } = this.#machine;
    if (gpu > 0 && gpu > this.#gpus.length - this.#keptGpu) {
      const inUse = gpus.length - this.#gpus.length;
      return `waiting for ${plural(gpu, "GPU")}: ${inUse} of ${gpus.length} in use${behind(this.#keptGpu)}`;
    }
    if (cpu > this.#cpu - this.#keptCpu + ROUNDING) {
      const inUse = round(cpus - this.#cpu);
      return `waiting for ${plural(cpu, "CPU")}: ${inUse} of ${cpus} in use${behind(this.#keptCpu)}`;
    }
    if (memBytes > 0 && memBytes > this.#memBytes - this.#keptMemBytes) {
      const inUse = gibibytes(machineBytes - this.#memBytes);
      return `waiting for ${gibibytes(memBytes)} of memory: ${inUse} of ${gibibytes(machineBytes)} in use${behind(this.#keptMemBytes)}`;
    }
    return undefined;
  }
}

function behind(kept: number): string {
  return kept > 0 ? ", and others are ahead in the queue" : "";
}

function plural(count: number, noun: string): string {
  return `${round(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function gibibytes(bytes: number): string {
  return `${round(bytes / 1024 ** 3)} GiB`;
}

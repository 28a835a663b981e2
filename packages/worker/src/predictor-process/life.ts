import type { MillraceError } from "@millrace/core";
import type { FrameDecoder, HostError } from "@millrace/predictor/protocol";
import { exitCause } from "./exit-cause.ts";
import type { Launched } from "./launch.ts";
import type { LogPump } from "./log-pump.ts";
import { kernelOomKills, type MemoryWatch } from "./memory-watch.ts";

/** How a process ended. */
export interface PredictorExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Everything that belongs to one process and ends with it. */
export interface Life {
  readonly launched: Launched;
  readonly log: LogPump;
  readonly memory: MemoryWatch;
  readonly memLimitBytes: number | undefined;
  readonly decoder: FrameDecoder;
  readonly kernelOomKillsBefore: number | undefined;
  killedFor: MillraceError | undefined;
  /** The error with which the process ends, if the host reported one. */
  said: HostError | undefined;
  exit: PredictorExit | undefined;
  /** Resolves when nothing of it is left. */
  gone: Promise<void>;
}

/** Why a process is ending or has ended; `doing` is what it was asked to do. */
export function causeOf(life: Life, doing: string): MillraceError {
  const { exit, said, killedFor, memLimitBytes, memory } = life;
  const oomKills = kernelOomKills() ?? 0;
  return exitCause(
    {
      ...(exit ?? { exitCode: said?.exit_code ?? null, signal: null }),
      lastLines: life.log.lastLines,
      memLimitBytes,
      peakMemoryBytes: memory.peakBytes,
      kernelKilledForMemory: oomKills > (life.kernelOomKillsBefore ?? oomKills),
      killedFor,
      said,
    },
    doing,
  );
}

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

/** Everything that lives and dies with one process. */
export interface Life {
  readonly launched: Launched;
  readonly log: LogPump;
  readonly memory: MemoryWatch;
  readonly memLimitBytes: number | undefined;
  readonly decoder: FrameDecoder;
  readonly kernelOomKillsBefore: number | undefined;
  killedFor: MillraceError | undefined;
  /** What the host said of the error that ends its process. */
  said: HostError | undefined;
  exit: PredictorExit | undefined;
  /** Nothing of it is left. */
  gone: Promise<void>;
}

/** Why a life ends, or has ended; `doing` is what its process was asked to do. */
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

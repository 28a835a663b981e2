import { setTimeout as delay } from "node:timers/promises";
import {
  badPosition,
  beforeLast,
  type LogPositions,
  type LogQuery,
  type LogStore,
  mergeLogs,
  type StoredLogLine,
} from "@millrace/core";
import type { MemoryState } from "../state/memory-state.ts";

const LOOK_MS = 5;
const PIECES = { totalBytes: 0, smallestPieceBytes: 0, largestPieceBytes: 0 };

export function memoryLogs(state: MemoryState): LogStore {
  const logOf = (jobId: string) => {
    const log = state.logs.get(jobId) ?? new Map<number | null, StoredLogLine[]>();
    state.logs.set(jobId, log);
    return log;
  };
  /** The lines that a query finds now, sorted by time. */
  const found = (jobId: string, { workers, after = new Map(), sinceMs = 0, signal }: LogQuery) => {
    checkPositions(after);
    const wanted = [...logOf(jobId)].filter(([worker]) => !workers || workers.includes(worker));
    const pieces = wanted.map(([worker, lines]) => {
      const unseen = lines.slice(Number(after.get(worker) ?? -1) + 1);
      return unseen.filter(({ timeMs }) => timeMs >= sinceMs);
    });
    const sources = pieces.map((piece) => ({
      next: async () => (piece.length > 0 ? piece.splice(0) : undefined),
    }));
    return mergeLogs(sources, { ...PIECES, signal });
  };
  return {
    append: async (jobId, worker, lines) => {
      const log = logOf(jobId);
      const before = log.get(worker) ?? [];
      log.set(worker, before);
      for (const line of lines) before.push({ ...line, position: String(before.length) });
    },
    read: (jobId, query = {}) => found(jobId, query),
    follow: async function* (jobId, { signal, ending, after, ...query }) {
      const seen = new Map(after);
      const wake = ending ? AbortSignal.any([signal, ending]) : signal;
      while (!signal.aborted) {
        const isEnding = ending?.aborted === true;
        let isNew = false;
        for await (const line of found(jobId, { ...query, after: seen })) {
          isNew = true;
          seen.set(line.worker, line.position);
          yield line;
          if (signal.aborted) return;
        }
        if (isEnding && !isNew) return;
        await delay(LOOK_MS, undefined, { signal: wake }).catch(() => {});
      }
    },
    beforeLast: async (jobId, count, query = {}) =>
      beforeLast(found(jobId, query), { count, starts: query.after ?? new Map() }),
    delete: async (jobId) => {
      state.logs.delete(jobId);
    },
  };
}

function checkPositions(positions: LogPositions): void {
  for (const position of positions.values()) if (!/^\d+$/.test(position)) throw badPosition(position);
}

import { setTimeout as delay } from "node:timers/promises";
import { processesOf, seededRandom, signal } from "@millrace/chaos";
import { isTerminal } from "@millrace/core";
import { type JobHandle, statusOf } from "./jobs.ts";

export interface KillOptions {
  readonly kills: number;
  /** Mean time between two kills. */
  readonly everyMs: number;
  /** Kills, by number from 0, that hit the service, which is then restarted. */
  readonly serviceKills: ReadonlySet<number>;
}

export type Killed = Record<"worker" | "predictor" | "service", number>;

/** While the job runs, kills processes that a seeded choice selects, with SIGKILL. */
export async function killAtRandom(job: JobHandle, options: KillOptions): Promise<Killed> {
  const { platform } = job;
  const random = seededRandom(20_000);
  const killed = { worker: 0, predictor: 0, service: 0 };
  for (let kills = 0; kills < options.kills; ) {
    await delay(options.everyMs * (0.5 + random()));
    if (options.serviceKills.has(kills)) {
      await platform.stop("SIGKILL");
      await platform.start();
      killed.service += 1;
      kills += 1;
      continue;
    }
    const targets = processesOf(platform.home).filter(
      ({ kind }) => kind === "worker" || kind === "predictor",
    );
    const target = targets[Math.floor(random() * targets.length)];
    if (target && signal(target.pid, "SIGKILL")) {
      killed[target.kind as "worker" | "predictor"] += 1;
      kills += 1;
    } else if (isTerminal((await statusOf(job)).job_status.status)) break;
  }
  return killed;
}

import { join } from "node:path";
import { processesOfJob, type Target, type TargetAws } from "@millrace/chaos";
import { callSqs, queueOfJob } from "../emulated-sqs.ts";
import type { JobHandle } from "../jobs.ts";
import type { Platform } from "../platform.ts";
import { poll } from "../poll.ts";
import type { ChaosBackend, ChaosHome } from "./chaos-home.ts";

/** On a busy machine, a start takes long, which is not the service's fault. */
const START_MS = 120_000;

/** The job with all the means of its home. */
export function chaosTarget(home: ChaosHome, { jobId }: JobHandle, backend: ChaosBackend): Target {
  const { platform, orders, disk, setProcesses, setBrake } = home;
  return {
    jobId,
    processes: () => processesOfJob(platform.home, jobId),
    service: { restart: () => restart(platform) },
    brake: setBrake,
    settings: setProcesses,
    orders,
    ...(disk && { disk }),
    ...(backend === "local" && { jobFile: join(platform.home, "jobs", jobId, "job.db") }),
    ...(backend === "aws" && { aws: targetAws(platform, jobId) }),
  };
}

/** Like a service manager, keeps trying: the disk may be full. */
async function restart(platform: Platform): Promise<void> {
  await platform.stop("SIGKILL");
  const start = async () => {
    try {
      await platform.start({ deadlineMs: START_MS });
      return true;
    } catch {
      await platform.stop("SIGKILL");
      return false;
    }
  };
  await poll("the service's restart", start, { deadlineMs: 2 * START_MS, everyMs: 200 });
}

function targetAws(platform: Platform, jobId: string): TargetAws {
  const { faults, batch } = platform.aws;
  if (!faults) throw new TypeError("Cannot harm AWS: the platform was started without faults");
  return {
    inject: (injection) => faults.inject(injection as Parameters<typeof faults.inject>[0]),
    setDelays: (share) => faults.setRates(share > 0 ? { delay: share } : {}),
    sendGarbage: async (text) => {
      const QueueUrl = await queueOfJob(platform, jobId);
      if (QueueUrl !== undefined) await callSqs(platform, "SendMessage", { QueueUrl, MessageBody: text });
    },
    reclaim: (draw) => {
      const running = batch.jobs().filter(({ pid }) => pid !== undefined);
      const victim = running[Math.floor(draw * running.length)];
      if (!victim) return undefined;
      batch.reclaimSpot(victim.jobId);
      return `Batch job ${victim.jobId}`;
    },
  };
}

import { readdirSync, readlinkSync } from "node:fs";
import { type HomeProcess, processesOf } from "@millrace/chaos";

/** What is killed. For `composer` and `hook`: the worker that is doing just that. */
export const VICTIMS = ["service", "worker", "predictor", "child", "installer", "composer", "hook"] as const;
export type Victim = (typeof VICTIMS)[number];

/** Only it knows what to free: without Millrace as well, shared memory remains forever if it is killed. */
const RESOURCE_TRACKER = /resource_tracker/;

/**
 * The processes of a home that may be killed now, by kind. For a moment, a process forked by the service looks like it,
 * so the service's number is given.
 */
export function victimsOf(
  home: string,
  { hooks, service }: { readonly hooks: string; readonly service: number | undefined },
): Record<Victim, readonly number[]> {
  const all = processesOf(home);
  const of = (kind: HomeProcess["kind"]) => all.filter((one) => one.kind === kind);
  const isInstaller = ({ command }: HomeProcess) => /main\.ts prepare|dependencies\.sh/.test(command);
  const workers = of("worker").filter((one) => !isInstaller(one));
  const pids = (found: readonly HomeProcess[]) => found.map(({ pid }) => pid);
  const predictors = pids(of("predictor"));
  return {
    service: service === undefined ? [] : [service],
    worker: pids(workers),
    predictor: predictors,
    child: pids(of("other").filter((one) => !isInstaller(one) && !RESOURCE_TRACKER.test(one.command))),
    installer: pids(all.filter(isInstaller)),
    composer: pids(workers).filter((pid) => isComposing(pid, home)),
    // A note remains when its process is killed; another process may have its number by now.
    hook: readdirSync(hooks)
      .map(Number)
      .filter((pid) => predictors.includes(pid)),
  };
}

/** True if it has an object open for writing. */
function isComposing(pid: number, home: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(`${home}/tmp/object-`);
    });
  } catch {
    return false;
  }
}

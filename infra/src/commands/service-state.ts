import { setTimeout as delay } from "node:timers/promises";
import { DescribeServicesCommand, type Service, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { MillraceError } from "@millrace/core";
import { errorName } from "./aws-clients.ts";
import type { Cluster } from "./cluster.ts";

const POLL_MS = 10_000;
const LIMIT_MS = 15 * 60_000;
/** Its container has a minute to stop. */
const STOP_LIMIT_MS = 180_000;
const SHOWN_EVENTS = 5;

/** The control service in ECS; undefined when there is none. */
export async function controlService({ clients, names }: Cluster): Promise<Service | undefined> {
  try {
    const input = { cluster: names.service, services: [names.service] };
    const { services = [] } = await clients.ecs.send(new DescribeServicesCommand(input));
    return services.find(({ status }) => status === "ACTIVE");
  } catch (error) {
    if (/ClusterNotFound|ServiceNotFound/.test(errorName(error))) return undefined;
    throw error;
  }
}

/**
 * Waits until the deployment is over.
 *
 * @throws {MillraceError} unavailable when it failed or takes too long, with ECS's last message
 */
export async function untilStable(
  cluster: Cluster,
  {
    taskDefinition,
    wait = delay,
  }: {
    /** What was deployed: after a failure, ECS rolls back to the previous one and is stable as well. */
    readonly taskDefinition: string | undefined;
    readonly wait?: ((ms: number) => Promise<unknown>) | undefined;
  },
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const service = await controlService(cluster);
    const [newest] = service?.deployments ?? [];
    const isDone = newest?.rolloutState === undefined || newest.rolloutState === "COMPLETED";
    const isOther = taskDefinition !== undefined && service?.taskDefinition !== taskDefinition;
    if (service && isDone && !isOther && service.runningCount === service.desiredCount) return;
    const isFailed = newest?.rolloutState === "FAILED" || (service !== undefined && isDone && isOther);
    if (isFailed || waitedMs >= LIMIT_MS) {
      const said = (service?.events ?? []).slice(0, SHOWN_EVENTS).map(({ message }) => message);
      const why = isFailed
        ? "its deployment failed and was rolled back"
        : `it does not run after ${LIMIT_MS / 60_000} minutes`;
      throw new MillraceError(
        "unavailable",
        [
          `Cannot bring up the control service: ${why}; its log group is ${cluster.names.logGroups.service}. ECS says:`,
          ...said,
        ].join("\n  "),
      );
    }
    await wait(POLL_MS);
  }
}

/** Stops the service's container, so that it starts no more workers, and waits for that; a missing service is fine. */
export async function scaleToZero(
  cluster: Cluster,
  { wait = delay }: { readonly wait?: ((ms: number) => Promise<unknown>) | undefined } = {},
): Promise<void> {
  if ((await controlService(cluster)) === undefined) return;
  const { clients, names } = cluster;
  await clients.ecs.send(
    new UpdateServiceCommand({ cluster: names.service, service: names.service, desiredCount: 0 }),
  );
  for (let waitedMs = 0; waitedMs < STOP_LIMIT_MS; waitedMs += POLL_MS) {
    if (((await controlService(cluster))?.runningCount ?? 0) === 0) return;
    await wait(POLL_MS);
  }
}

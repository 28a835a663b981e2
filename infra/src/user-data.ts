/** Directory on a worker's machine that its workers share; the backend's default. */
export const SCRATCH_DIRECTORY = "/var/lib/millrace";

const METADATA = "169.254.169.254";
/** Users of workers begin here; see the backend's job definitions. */
const FIRST_WORKER_USER = 100_000;
const BOUNDARY = "==MILLRACE==";

/**
 * What a machine does when it starts, as AWS Batch takes it: MIME multipart, since Batch adds parts of its own.
 * https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
 */
export function machineUserData(): string {
  const script = [
    "#!/bin/bash",
    // Workers are told two minutes before a spot machine is taken back,
    "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
    // and have that long to finish what they are at.
    "echo ECS_CONTAINER_STOP_TIMEOUT=110s >> /etc/ecs/ecs.config",
    "echo ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config",
    // Workers are not root, and each API's are a user of their own: open to all as /tmp is.
    `mkdir -p ${SCRATCH_DIRECTORY}`,
    `chmod 1777 ${SCRATCH_DIRECTORY}`,
    // Containers of AWS Batch are in the host's network, where a hop limit does not keep them from the machine's role.
    // https://docs.aws.amazon.com/batch/latest/userguide/networking-modes-jobs.html
    `iptables --insert OUTPUT --destination ${METADATA} --match owner --uid-owner ${FIRST_WORKER_USER}-4294967294 --jump REJECT`,
    "",
  ].join("\n");
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    `--${BOUNDARY}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    "",
    script,
    `--${BOUNDARY}--`,
    "",
  ].join("\n");
}

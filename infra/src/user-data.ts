/** Directory on a worker's machine that its workers share; the backend's default. */
const SCRATCH_DIRECTORY = "/var/lib/millrace";

const METADATA = "169.254.169.254";
/** First user id for workers; see the backend's job definitions. */
const FIRST_WORKER_USER = 100_000;
const BOUNDARY = "==MILLRACE==";

/**
 * The machine's startup script in the format that AWS Batch requires: MIME multipart, since Batch adds parts of its
 * own. https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
 */
export function machineUserData(): string {
  const script = [
    "#!/bin/bash",
    // Workers get a warning two minutes before a spot machine is reclaimed.
    "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
    // This leaves them time to finish their current work.
    "echo ECS_CONTAINER_STOP_TIMEOUT=110s >> /etc/ecs/ecs.config",
    "echo ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config",
    // Workers are not root, and each API's workers have their own user: world-writable with the sticky bit, like /tmp.
    `mkdir -p ${SCRATCH_DIRECTORY}`,
    `chmod 1777 ${SCRATCH_DIRECTORY}`,
    // AWS Batch runs containers in the host's network, where a hop limit does not protect the machine's role from them.
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

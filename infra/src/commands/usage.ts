const COMMON = `  -f, --file <path>   the cluster.yaml (default: infra/cluster.yaml, or MILLRACE_CLUSTER_FILE)
      --trial         keep Terraform's state in a local file; for trials only
  -h, --help          show this`;

const USAGE: Readonly<Record<string, string>> = {
  preflight: `millrace cluster preflight [options]

Checks credentials, names, certificate, quotas and images, and says what the cluster costs.

      --adopt-data    expect the bucket and table that an earlier cluster left
      --plan          show Terraform's plan too
${COMMON}`,
  up: `millrace cluster up [options]

Creates the cluster, or changes it to match cluster.yaml. Can be run again after any failure.

  -y, --yes           do not ask before Terraform changes anything
      --adopt-data    take over the bucket, table and images that an earlier cluster left
      --image-tag <t> use the images with that tag (default: the newest of each repository)
      --skip-preflight do not check anything first
${COMMON}`,
  info: `millrace cluster info [options]

      --json          print JSON
      --save          save the cluster as an environment of the command line
${COMMON}`,
  down: `millrace cluster down [options]

Ends all jobs and removes the cluster. The bucket, the table and the images stay.

      --confirm <name> the cluster's name, instead of typing it
      --delete-data    delete the bucket, the table and the images too
${COMMON}`,
};

/** The help for a command, or for all of them without one; undefined for an unknown command. */
export function usage(verb: string): string | undefined {
  if (verb === "" || verb === "--help") return Object.values(USAGE).join("\n\n");
  return Object.hasOwn(USAGE, verb) ? USAGE[verb] : undefined;
}

import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { isMillraceError } from "@millrace/core";
import { App } from "cdktf";
import { ClusterStack } from "./cluster-stack.ts";
import { parseCluster } from "./config/parse-cluster.ts";
import { parseSettings } from "./settings.ts";

/** The Terraform CDK app: `cdktf synth` runs it to write the stack `cluster`. */
const from = process.env.INIT_CWD ?? process.cwd();
const named = process.env.MILLRACE_CLUSTER_FILE;
const path = named === undefined ? resolve(import.meta.dirname, "../cluster.yaml") : resolve(from, named);

try {
  const config = parseCluster(readFileSync(path, "utf8"), { file: relative(from, path) });
  const settings = parseSettings(process.env, config);
  if (settings.localState) {
    process.stderr.write(
      "cluster: the state is in a local file: without that file the cluster cannot be changed or removed\n",
    );
  }
  const app = new App();
  new ClusterStack(app, config, settings);
  app.synth();
} catch (error) {
  const isUsers = isMillraceError(error) || (error as NodeJS.ErrnoException).code === "ENOENT";
  if (!isUsers) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(78);
}

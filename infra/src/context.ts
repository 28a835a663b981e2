import type { ClusterConfig } from "./config/cluster-schema.ts";
import type { ClusterNames } from "./names.ts";
import type { SynthSettings } from "./settings.ts";

/** What every construct of the stack may depend on. */
export interface ClusterContext {
  readonly config: ClusterConfig;
  readonly settings: SynthSettings;
  readonly names: ClusterNames;
  /** References to the credentials' account, and to the partition (`aws`, `aws-cn`, …). */
  readonly account: string;
  readonly partition: string;
}

import type { ApiSpec } from "@millrace/core";
import type { EnvironmentArchive } from "./environment-archive.ts";
import type { PrepareEvent, StepContext } from "./run-step.ts";

/** What the installers of all kinds need to know. */
export interface InstallContext {
  readonly spec: ApiSpec;
  readonly projectDir: string;
  /** Environments that versions share. */
  readonly sharedRoot: string;
  /** Environments of this version alone. */
  readonly ownRoot: string;
  /** Other machines' installations of what versions share. */
  readonly archive?: EnvironmentArchive | undefined;
  /** Install although it is installed already. */
  readonly fresh: boolean;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Of the project's own script. @default this process's */
  readonly umask?: number | undefined;
  /** A step in the project directory, with the project's variables, `env` over them and `binDirs` first on PATH. */
  stepContext(env?: Readonly<Record<string, string>>, binDirs?: readonly string[]): StepContext;
}

/** What an installation adds to the predictor's process. */
export interface Installed {
  readonly python?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Put before PATH. */
  readonly binDirs: readonly string[];
}

import type { ApiSpec } from "@millrace/core";
import type { EnvironmentArchive } from "./environment-archive.ts";
import type { PrepareEvent, StepContext } from "./run-step.ts";

/** What all installers need. */
export interface InstallContext {
  readonly spec: ApiSpec;
  readonly projectDir: string;
  /** Directory of environments that versions share. */
  readonly sharedRoot: string;
  /** Directory of environments for this version only. */
  readonly ownRoot: string;
  /** Other machines' installations of shared environments. */
  readonly archive?: EnvironmentArchive | undefined;
  /** Install even if already installed. */
  readonly fresh: boolean;
  readonly emit: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Umask of the project's own script. @default this process's */
  readonly umask?: number | undefined;
  /**
   * Context of a step in the project directory, with the project's variables, overridden by `env`, and with `binDirs`
   * first on PATH.
   */
  stepContext(env?: Readonly<Record<string, string>>, binDirs?: readonly string[]): StepContext;
}

/** What an installation adds to the predictor's process. */
export interface Installed {
  readonly python?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Prepended to PATH. */
  readonly binDirs: readonly string[];
}

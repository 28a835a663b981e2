import { MillraceError } from "@millrace/core";
import { isDigest } from "./base-images.ts";
import type { Context } from "./context.ts";
import type { Engine } from "./engine.ts";
import type { Image } from "./image.ts";
import { lastLine, run, tryRun } from "./run-command.ts";

/** An ECR registry. */
export interface Registry {
  readonly host: string;
  readonly account: string;
  readonly region: string;
}

/** Parses `<account>.dkr.ecr.<region>.amazonaws.com`. @throws {MillraceError} invalid_request */
export function parseRegistry(host: string): Registry {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/.exec(host);
  if (match === null) {
    throw new MillraceError(
      "invalid_request",
      `Cannot push to "${host}": expected <account>.dkr.ecr.<region>.amazonaws.com`,
    );
  }
  return { host, account: match[1] as string, region: match[2] as string };
}

/** The repository that the cluster's stack created for an image. @throws {MillraceError} invalid_request */
export function repositoryName(cluster: string, image: Image): string {
  if (/^[a-z][a-z0-9-]{0,31}$/.test(cluster)) return `millrace/${cluster}/${image}`;
  throw new MillraceError(
    "invalid_request",
    `Cannot push for cluster "${cluster}": expected a letter, then at most 31 of a-z, 0-9 and "-"`,
  );
}

/** Logs the engine in for pushing. The password is valid for 12 hours and is only passed through a pipe. */
export async function logIn(registry: Registry, engine: Engine, context: Context): Promise<void> {
  const options = { cwd: context.root, env: context.env };
  const password = await run(["aws", "ecr", "get-login-password", "--region", registry.region], options);
  const command = [engine, "login", "--username", "AWS", "--password-stdin", registry.host];
  await run(command, { ...options, input: password });
}

/** The digest of a tag in a repository; undefined if the tag does not exist. */
export async function findDigest(
  registry: Registry,
  image: { readonly repository: string; readonly tag: string },
  context: Context,
): Promise<string | undefined> {
  const command = [
    ...["aws", "ecr", "describe-images", "--region", registry.region, "--registry-id", registry.account],
    ...["--repository-name", image.repository, "--image-ids", `imageTag=${image.tag}`],
    ...["--query", "imageDetails[0].imageDigest", "--output", "text"],
  ];
  const { code, stdout, stderr } = await tryRun(command, { cwd: context.root, env: context.env });
  if (code === 0 && isDigest(stdout.trim())) return stdout.trim();
  if (stderr.includes("ImageNotFoundException")) return undefined;
  const help = stderr.includes("RepositoryNotFoundException")
    ? "no such repository, expected the one that the cluster's stack makes; deploy the stack first"
    : `the answer is no digest${lastLine(stderr)}`;
  throw new MillraceError("unavailable", `Cannot look into repository "${image.repository}": ${help}`);
}

import { EphemeralAwsSecretsmanagerRandomPassword } from "@cdktf/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret/index.js";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";

const TOKEN_CHARACTERS = 64;
/** Change the number to make a new token. */
const TOKEN_VERSION = 1;

/** The service's token. AWS generates it while Terraform runs, so it is in no state, plan or file. */
export class TokenSecret extends Construct {
  readonly secret: SecretsmanagerSecret;

  constructor(scope: Construct, id: string, { names }: ClusterContext) {
    super(scope, id);
    this.secret = new SecretsmanagerSecret(this, "secret", {
      name: names.tokenSecret,
      description: "Token of the Millrace service",
      // Taking a cluster down and up again needs the name immediately.
      recoveryWindowInDays: 0,
    });
    const made = new EphemeralAwsSecretsmanagerRandomPassword(this, "made", {
      passwordLength: TOKEN_CHARACTERS,
      excludePunctuation: true,
    });
    new SecretsmanagerSecretVersion(this, "value", {
      secretId: this.secret.id,
      secretStringWo: made.randomPassword,
      secretStringWoVersion: TOKEN_VERSION,
    });
  }
}

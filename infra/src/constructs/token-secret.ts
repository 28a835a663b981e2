import { EphemeralAwsSecretsmanagerRandomPassword } from "@cdktf/provider-aws/lib/ephemeral-aws-secretsmanager-random-password/index.js";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret/index.js";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";

const TOKEN_CHARACTERS = 64;
/** Another number makes another token. */
const TOKEN_VERSION = 1;

/** The service's token. AWS makes it while Terraform runs: it is in no state, no plan and no file. */
export class TokenSecret extends Construct {
  readonly secret: SecretsmanagerSecret;

  constructor(scope: Construct, id: string, { names }: ClusterContext) {
    super(scope, id);
    this.secret = new SecretsmanagerSecret(this, "secret", {
      name: names.tokenSecret,
      description: "Token of the Millrace service",
      // A cluster that is taken down and up again needs the name at once.
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

import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { awsErrorName, translateAwsError } from "./aws/aws-errors.ts";
import { type ClientOptions, makeClients } from "./aws/clients.ts";
import type { AwsConfig } from "./aws/config.ts";
import { tableDefinition } from "./ledger/table-definition.ts";

/** Errors for resources that already exist: running this twice is fine. */
const EXISTS = /AlreadyExists|AlreadyOwnedByYou|ResourceInUse|QueueNameExists/;

/**
 * Creates the bucket, table, queue and log groups of a cluster if they are missing, for development and tests against
 * emulators. On AWS, the infrastructure creates them, with the policies and protections that they need there.
 */
export async function createResources(
  config: AwsConfig,
  options: Pick<ClientOptions, "credentials"> = {},
): Promise<void> {
  const clients = makeClients(config, options);
  const make = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!EXISTS.test(awsErrorName(error))) throw translateAwsError(error, `create ${what}`);
    }
  };
  try {
    await make(`bucket "${config.bucket}"`, () =>
      clients.s3.send(
        new CreateBucketCommand({
          Bucket: config.bucket,
          // us-east-1 is selected by omitting this.
          ...(config.region !== "us-east-1" && {
            CreateBucketConfiguration: { LocationConstraint: config.region as "eu-west-1" },
          }),
        }),
      ),
    );
    await make(`table "${config.table}"`, () =>
      clients.dynamodb.send(new CreateTableCommand(tableDefinition(config.table))),
    );
    await waitUntilTableExists(
      { client: clients.dynamodb as never, maxWaitTime: 60 },
      { TableName: config.table },
    );
    await make(`queue "${config.eventsQueue}"`, () =>
      clients.sqs.send(new CreateQueueCommand({ QueueName: config.eventsQueue })),
    );
    for (const logGroupName of [config.logGroup, config.workerLogGroup]) {
      await make(`log group "${logGroupName}"`, () =>
        clients.logs.send(new CreateLogGroupCommand({ logGroupName })),
      );
    }
  } finally {
    clients.close();
  }
}

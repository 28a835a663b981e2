import { ACMClient } from "@aws-sdk/client-acm";
import { BatchClient } from "@aws-sdk/client-batch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";

/** Clients of the services that the commands use, all in the cluster's region. */
export function awsClients(region: string, endpointOf: (service: string) => string | undefined) {
  const settings = (service: string) => {
    const endpoint = endpointOf(service);
    return { region, ...(endpoint !== undefined && { endpoint }) };
  };
  return {
    acm: new ACMClient(settings("acm")),
    batch: new BatchClient(settings("batch")),
    dynamodb: new DynamoDBClient(settings("dynamodb")),
    ec2: new EC2Client(settings("ec2")),
    ecr: new ECRClient(settings("ecr")),
    ecs: new ECSClient(settings("ecs")),
    quotas: new ServiceQuotasClient(settings("quotas")),
    s3: new S3Client({ ...settings("s3"), forcePathStyle: endpointOf("s3") !== undefined }),
    secrets: new SecretsManagerClient(settings("secrets")),
    sqs: new SQSClient({ ...settings("sqs"), useQueueUrlAsEndpoint: endpointOf("sqs") === undefined }),
    sts: new STSClient(settings("sts")),
  };
}

export type AwsClients = ReturnType<typeof awsClients>;

/** AWS's name for an error, such as `NoSuchBucket`. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

export function httpStatus(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

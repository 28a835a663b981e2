import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Names of the ledger's indexes. */
export const INDEXES = { byTime: "jobs_by_time", byApi: "jobs_by_api", active: "active_jobs" } as const;

/** The ledger's table for CreateTable: on-demand capacity, three sparse indexes over jobs. */
export function tableDefinition(name: string): CreateTableCommandInput {
  const string = (attribute: string) => ({ AttributeName: attribute, AttributeType: "S" as const });
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  const index = (indexName: string, hash: string) => ({
    IndexName: indexName,
    KeySchema: keys(hash, "job_id"),
    Projection: { ProjectionType: "ALL" as const },
  });
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk", "kind", "api_name", "active", "job_id"].map(string),
    KeySchema: keys("pk", "sk"),
    GlobalSecondaryIndexes: [
      index(INDEXES.byTime, "kind"),
      index(INDEXES.byApi, "api_name"),
      index(INDEXES.active, "active"),
    ],
  };
}

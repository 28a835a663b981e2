import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { tableDefinition } from "@millrace/backend-aws/table-definition";
import { Construct } from "constructs";
import type { ClusterContext } from "../context.ts";
import { kept } from "../kept-data.ts";

/** Items with this attribute are removed after its time (seconds since the epoch); so far, no item has it. */
const TTL_ATTRIBUTE = "expires_at";

/** The ledger table, with the keys and indexes that the backend defines. */
export class LedgerTable extends Construct {
  readonly table: DynamodbTable;

  constructor(scope: Construct, id: string, { names, settings }: ClusterContext) {
    super(scope, id);
    const {
      AttributeDefinitions = [],
      KeySchema = [],
      GlobalSecondaryIndexes = [],
      BillingMode,
    } = tableDefinition(names.table);
    const isProtected = settings.data !== "unprotect";
    this.table = kept(
      new DynamodbTable(this, "table", {
        name: names.table,
        billingMode: BillingMode as string,
        ...keysOf(KeySchema),
        attribute: AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
          name: AttributeName as string,
          type: AttributeType as string,
        })),
        globalSecondaryIndex: GlobalSecondaryIndexes.map((index) => ({
          name: index.IndexName as string,
          projectionType: index.Projection?.ProjectionType as string,
          ...keysOf(index.KeySchema ?? []),
        })),
        ttl: { enabled: true, attributeName: TTL_ATTRIBUTE },
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true },
        deletionProtectionEnabled: isProtected,
        lifecycle: { preventDestroy: isProtected },
      }),
      "ledger",
    );
  }
}

interface KeyElement {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
}

function keysOf(schema: readonly KeyElement[]): { readonly hashKey: string; readonly rangeKey: string } {
  const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName as string;
  return { hashKey: named("HASH"), rangeKey: named("RANGE") };
}

import { type ApiLedger, type ApiSpec, type ApiVersion, MillraceError } from "@millrace/core";
import { parseExactJson } from "@millrace/exact-json";
import { apiKey, endpointKey, versionKey } from "./keys.ts";
import type { Item, LedgerTable, TransactItem } from "./table.ts";

/** DynamoDB allows 400 KB per item; the spec is in two items of one transaction. */
const SPEC_BYTES = 300 * 1024;
const TRIES = 5;

/** APIs and their versions. Versions are kept, since finished jobs refer to them; each is a few KB. */
export function dynamoApiLedger(table: LedgerTable): ApiLedger {
  const get = async (name: string) => {
    const item = await table.get(apiKey(name));
    return item && toVersion(item);
  };
  return {
    put: (api) => putApi(table, api),
    get,
    byEndpoint: async (endpoint) => {
      const item = await table.get(endpointKey(endpoint));
      return item && get(item.name as string);
    },
    version: async (name, version) => {
      const item = await table.get(versionKey(name, version));
      return item && toVersion(item);
    },
    list: async () => {
      const versions: ApiVersion[] = [];
      for await (const item of table.partition("APIS")) versions.push(toVersion(item));
      return versions;
    },
    delete: (name) => deleteApi(table, name),
  };
}

function toVersion(item: Item): ApiVersion {
  return {
    name: item.name as string,
    version: item.version as string,
    spec: parseExactJson(item.spec as string) as ApiSpec,
    createdAtMs: item.created_at as number,
  };
}

async function putApi(table: LedgerTable, api: ApiVersion): Promise<void> {
  const { name, version, createdAtMs } = api;
  const { endpoint } = api.spec.networking;
  const spec = JSON.stringify(api.spec);
  if (Buffer.byteLength(spec) > SPEC_BYTES) {
    throw new MillraceError(
      "invalid_config",
      `Cannot deploy API "${name}": its configuration has ${Buffer.byteLength(spec)} bytes, expected at most ${SPEC_BYTES}; move large values of predictor.config into a file of the project`,
      { details: { field: "predictor.config" } },
    );
  }
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const kept = await table.get(versionKey(name, version));
    const before = await table.get(apiKey(name));
    // A version is immutable, so an existing item stays unchanged.
    const item = kept
      ? { ...kept }
      : { ...versionKey(name, version), name, version, spec, created_at: createdAtMs };
    const current = { ...item, ...apiKey(name), endpoint };
    const writes: TransactItem[] = [
      { Put: { TableName: table.name, Item: current, ...unchanged(before) } },
      {
        Put: {
          TableName: table.name,
          Item: { ...endpointKey(endpoint), name },
          ConditionExpression: "attribute_not_exists(pk) OR #name = :name",
          ExpressionAttributeNames: { "#name": "name" },
          ExpressionAttributeValues: { ":name": name },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    ];
    if (!kept) writes.push({ Put: { TableName: table.name, Item: item } });
    if (before && before.endpoint !== endpoint)
      writes.push(releaseEndpoint(table, name, before.endpoint as string));
    const refusals = await table.transact(writes);
    if (!refusals) return;
    const taken = refusals[1]?.code === "ConditionalCheckFailed" && (await table.get(endpointKey(endpoint)));
    if (taken && taken.name !== name) throw endpointTaken(name, endpoint, taken.name as string);
    // A concurrent deploy of the same API came first: read again.
  }
  throw new MillraceError(
    "unavailable",
    `Cannot deploy API "${name}": others are deploying it at the same time; try again`,
  );
}

/** Condition that the item has not changed since it was read. */
function unchanged(before: Item | undefined) {
  if (!before) return { ConditionExpression: "attribute_not_exists(pk)" };
  return {
    ConditionExpression: "version = :version AND endpoint = :endpoint",
    ExpressionAttributeValues: { ":version": before.version, ":endpoint": before.endpoint },
  };
}

function releaseEndpoint(table: LedgerTable, name: string, endpoint: string): TransactItem {
  return {
    Delete: {
      TableName: table.name,
      Key: endpointKey(endpoint),
      ConditionExpression: "attribute_not_exists(pk) OR #name = :name",
      ExpressionAttributeNames: { "#name": "name" },
      ExpressionAttributeValues: { ":name": name },
    },
  };
}

function endpointTaken(name: string, endpoint: string, other: string): MillraceError {
  return new MillraceError(
    "conflict",
    `Cannot deploy API "${name}": API "${other}" answers at endpoint "${endpoint}", choose another in networking.endpoint or delete that API`,
    { details: { field: "networking.endpoint", endpoint, api_name: other } },
  );
}

async function deleteApi(table: LedgerTable, name: string): Promise<void> {
  const before = await table.get(apiKey(name));
  if (!before) {
    throw new MillraceError(
      "api_not_found",
      `Cannot delete API "${name}": it does not exist, list the APIs to see their names`,
      { details: { api_name: name } },
    );
  }
  const remove: TransactItem = { Delete: { TableName: table.name, Key: apiKey(name), ...unchanged(before) } };
  const refusals = await table.transact([remove, releaseEndpoint(table, name, before.endpoint as string)]);
  if (refusals) return deleteApi(table, name);
}

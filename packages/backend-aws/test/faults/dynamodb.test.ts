import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { BatchGetCommand, BatchWriteCommand, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import test from "ava";
import { startHarness, startTargets } from "./harness.ts";

const { targets, stop } = await startTargets();
test.after.always(stop);

const keys = Array.from({ length: 4 }, (_, index) => ({ pk: "p", sk: `s${index}` }));

test("conflict cancels a transaction for one of its operations", async (t) => {
  const { proxy, dynamodb, table } = await startHarness(t, { targets });
  const TableName = await table();
  proxy.inject({ service: "dynamodb", kind: "conflict" });
  const TransactItems = keys.map((Item) => ({ Put: { TableName, Item } }));
  const error = await t.throwsAsync(dynamodb.send(new TransactWriteCommand({ TransactItems })), {
    instanceOf: TransactionCanceledException,
  });
  const codes = error.CancellationReasons?.map(({ Code }) => Code);
  t.deepEqual(codes?.toSorted(), ["None", "None", "None", "TransactionConflict"]);
  t.deepEqual(proxy.counts.dynamodb, { conflict: 1 });
  const { Item } = await dynamodb.send(new GetCommand({ TableName, Key: keys[0] }));
  t.is(Item, undefined);
  await dynamodb.send(new TransactWriteCommand({ TransactItems }));
});

test("BatchWriteItem: unprocessed leaves one item", async (t) => {
  const { proxy, dynamodb, table } = await startHarness(t, { targets });
  const name = await table();
  const other = await table();
  const puts = keys.map((Item) => ({ PutRequest: { Item } }));
  // moto takes one key in two tables for a duplicate.
  const otherKeys = keys.map(({ sk }) => ({ pk: "other", sk }));
  const otherPuts = otherKeys.map((Item) => ({ PutRequest: { Item } }));
  proxy.inject({ service: "dynamodb", kind: "unprocessed" });
  const RequestItems = { [name]: puts, [other]: otherPuts };
  const { UnprocessedItems = {} } = await dynamodb.send(new BatchWriteCommand({ RequestItems }));
  const left = Object.entries(UnprocessedItems);
  t.is(left.length, 1);
  const [[leftIn, items]] = left as [(typeof left)[number]];
  t.is(items.length, 1);
  const Key = items[0]?.PutRequest?.Item as { pk: string; sk: string };
  t.is((await dynamodb.send(new GetCommand({ TableName: leftIn, Key }))).Item, undefined);
  await dynamodb.send(new BatchWriteCommand({ RequestItems: UnprocessedItems }));
  for (const [TableName, items] of [
    [name, keys],
    [other, otherKeys],
  ] as const) {
    for (const Key of items) {
      t.deepEqual((await dynamodb.send(new GetCommand({ TableName, Key }))).Item, Key);
    }
  }
  t.deepEqual(proxy.counts.dynamodb, { unprocessed: 1 });
});

test("BatchGetItem: unprocessed leaves one key, and forwards nothing when it is the only one", async (t) => {
  const { proxy, dynamodb, table } = await startHarness(t, { targets });
  const name = await table();
  await dynamodb.send(
    new BatchWriteCommand({ RequestItems: { [name]: keys.map((Item) => ({ PutRequest: { Item } })) } }),
  );
  proxy.inject({ service: "dynamodb", operation: "BatchGetItem", kind: "unprocessed", times: 2 });
  const get = (Keys: typeof keys) =>
    dynamodb.send(new BatchGetCommand({ RequestItems: { [name]: { Keys, ConsistentRead: true } } }));
  const most = await get(keys);
  const left = most.UnprocessedKeys?.[name];
  t.is(most.Responses?.[name]?.length, 3);
  t.is(left?.Keys?.length, 1);
  t.is(left?.ConsistentRead, true);
  const none = await get(keys.slice(0, 1));
  t.deepEqual(none.Responses, {});
  t.deepEqual(none.UnprocessedKeys?.[name]?.Keys, keys.slice(0, 1));
  t.is(proxy.requests.dynamodb.BatchGetItem, 1);
});

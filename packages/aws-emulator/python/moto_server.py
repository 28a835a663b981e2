"""Runs moto's server with a DynamoDB that many processes can use at once.

moto 5.2.5 copies the whole table for each item of a transaction, and restores the copy when a
condition fails. This is slow with thousands of items, and loses what another thread wrote
meanwhile. Here, a transaction first checks every condition and writes only if all hold, and
DynamoDB handles one request at a time.
"""

import copy
import os
import sys
import threading
from typing import Any

from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler
from moto.server import main

LOCK = threading.RLock()


def key_of(backend: DynamoDBBackend, kind: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The primary key of an operation in a transaction."""
    if kind != "Put":
        return operation["Key"]
    table = backend.get_table(operation["TableName"])
    names = [table.hash_key_attr, table.range_key_attr]
    return {name: operation["Item"][name] for name in names if name is not None}


class ConditionFailed(Exception):
    """A condition does not hold; has the item if the request wanted it."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__("The conditional request failed")
        self.item = item


def check(backend: DynamoDBBackend, operation: dict[str, Any], key: dict[str, Any]) -> None:
    """Raises ConditionFailed unless the condition holds."""
    expression = operation.get("ConditionExpression")
    if expression is None:
        return
    current = backend.get_item(operation["TableName"], key)
    condition = get_filter_expression(
        expression,
        operation.get("ExpressionAttributeNames"),
        operation.get("ExpressionAttributeValues"),
    )
    if condition.expr(current):
        return
    wanted = operation.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    raise ConditionFailed(current.to_json()["Attributes"] if wanted and current else None)


def write(
    backend: DynamoDBBackend, kind: str, operation: dict[str, Any], key: dict[str, Any]
) -> None:
    """Executes one operation whose condition is known to hold."""
    table = operation["TableName"]
    if kind == "Put":
        backend.put_item(table, copy.deepcopy(operation["Item"]))
    elif kind == "Delete":
        backend.delete_item(table, key)
    elif kind == "Update":
        backend.update_item(
            table,
            key,
            update_expression=operation["UpdateExpression"],
            expression_attribute_names=operation.get("ExpressionAttributeNames"),
            expression_attribute_values=operation.get("ExpressionAttributeValues"),
        )


def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Executes all operations or none."""
    if len(transact_items) > 100:
        raise TooManyTransactionsException()
    steps = []
    for item in transact_items:
        if len(item) != 1:
            raise TransactWriteSingleOpException
        ((kind, operation),) = item.items()
        steps.append((kind, operation, key_of(self, kind, operation)))
    keys = [
        (operation["TableName"], str(sorted(key.items(), key=str))) for _, operation, key in steps
    ]
    if len(set(keys)) < len(keys):
        raise MultipleTransactionsException()
    errors: list[Any] = []
    for _, operation, key in steps:
        try:
            check(self, operation, key)
            errors.append((None, None, None))
        except ConditionFailed as error:
            errors.append(("ConditionalCheckFailed", str(error), error.item))
    if any(code is not None for code, _, _ in errors):
        raise TransactionCanceledException(errors)
    for kind, operation, key in steps:
        write(self, kind, operation, key)


def one_at_a_time(call_action: Any) -> Any:
    """Wraps the handler's entry point in the lock."""

    def locked(self: DynamoHandler) -> Any:
        with LOCK:
            return call_action(self)

    return locked


DynamoDBBackend.transact_write_items = transact_write_items
DynamoHandler.call_action = one_at_a_time(DynamoHandler.call_action)


def end_with_input() -> None:
    """Ends the process when its parent, which holds the other end of the pipe, is gone."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    sys.exit(main(sys.argv[1:]))

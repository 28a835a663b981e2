"""Tensors of TensorFlow."""

from __future__ import annotations

import tensorflow as tf
from table import Case, refused, run, value


def symbolic() -> object:
    made = []
    tf.function(lambda x: made.append(x) or x)(tf.ones(1))
    return made[0]


CASES = [
    value("no axis", lambda: tf.constant(1.5), "1.5"),
    value("float32", lambda: tf.constant([0.1]), "[0.10000000149011612]"),
    value("bfloat16", lambda: tf.constant([[1.5]], tf.bfloat16), "[[1.5]]"),
    value("texts are bytes", lambda: tf.constant(["a"]), '["YQ=="]'),
    value("variable", lambda: tf.Variable([1]), "[1]"),
    value("ragged", lambda: tf.ragged.constant([[1], [2, 3]]), "[[1],[2,3]]"),
    refused(
        "sparse",
        lambda: tf.sparse.eye(2),
        r"output\[0\] is a tensorflow\..*SparseTensor, expected a JSON value",
    ),
    refused(
        "symbolic",
        symbolic,
        r"output\[0\] is a tensorflow\..*, expected a JSON value|cannot be read",
    ),
    Case("an item per row", lambda: tf.eye(2), ["[1.0,0.0]", "[0.0,1.0]"], 2),
    Case("columns", lambda: {"a": tf.eye(2)}, ['{"a":[1.0,0.0]}', '{"a":[0.0,1.0]}'], 2),
]

if __name__ == "__main__":
    run(CASES)

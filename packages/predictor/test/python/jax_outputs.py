"""Arrays of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from table import Case, refused, run, value


def deleted() -> jax.Array:
    made = jnp.ones(2)
    made.delete()
    return made


CASES = [
    value("no axis", lambda: jnp.float32(1.5), "1.5"),
    value("float32", lambda: jnp.array([0.1]), "[0.10000000149011612]"),
    value("bfloat16", lambda: jnp.array([[1.5]], dtype=jnp.bfloat16), "[[1.5]]"),
    value("bool", lambda: {"a": jnp.array([1, 2]) > 1}, '{"a":[false,true]}'),
    refused("nan", lambda: jnp.array([jnp.nan]), r"output\[0\]\[0\] is nan"),
    refused(
        "deleted",
        deleted,
        r"output\[0\] is a jaxlib\._jax\.ArrayImpl that cannot be read: RuntimeError: .*deleted",
    ),
    refused("key", lambda: jax.random.key(0), r"output\[0\] is a jax.*PRNGKeyArray"),
    Case("an item per row", lambda: jnp.eye(2), ["[1.0,0.0]", "[0.0,1.0]"], 2),
    Case("columns", lambda: {"a": jnp.eye(2)}, ['{"a":[1.0,0.0]}', '{"a":[0.0,1.0]}'], 2),
]

if __name__ == "__main__":
    run(CASES)

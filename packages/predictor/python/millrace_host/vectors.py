"""Finds outputs that are one vector of floats for each item, which the worker turns into text."""

from __future__ import annotations

import json
import struct
import sys
from typing import Any

from millrace_host.json_text import is_out_of_memory

# dtype, width.
_HEAD = struct.Struct("<BxxxI")
_FLOAT32, _FLOAT64 = 0, 1
# Shorter ones cost as little as text.
_MIN_WIDTH = 16
# As many as an array may have as text.
_MAX_VALUES = 1 << 26
# Compared with the current one, because predictors replace JSONEncoder.default.
_DEFAULT = json.JSONEncoder.default


def find_vectors(value: Any, item_count: int) -> bytes | None:
    """Return dtype, width and values, if value is a finite vector of floats for each item.

    It may be an array or tensor with two axes, or a list of arrays or tensors with one.
    """
    first = value[0] if type(value) in (list, tuple) and value else value
    package = type(first).__module__
    if package not in ("numpy", "torch") or json.JSONEncoder.default is not _DEFAULT:
        return None
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    try:
        array = _numpy_array(value, numpy) if package == "numpy" else _torch_array(value)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return None  # it is reported when it is written as text
    if array is None or array.ndim != 2 or len(array) != item_count:
        return None
    width = array.shape[1]
    if width < _MIN_WIDTH or array.size > _MAX_VALUES or array.dtype.char not in "efd":
        return None
    if not numpy.isfinite(array).all():
        return None
    kind = _FLOAT64 if array.dtype.char == "d" else _FLOAT32
    return _HEAD.pack(kind, width) + array.astype("<f8" if kind else "<f4", copy=False).tobytes()


def _numpy_array(value: Any, numpy: Any) -> Any:
    if type(value) is numpy.ndarray:
        return value
    if not isinstance(value, (list, tuple)) or not _is_uniform(value, numpy.ndarray):
        return None
    return numpy.stack(value)


def _torch_array(value: Any) -> Any:
    torch = sys.modules["torch"]
    if isinstance(value, (list, tuple)):
        if not _is_uniform(value, torch.Tensor):
            return None
        value = torch.stack(value)
    if type(value) is not torch.Tensor or value.layout is not torch.strided:
        return None
    value = value.detach()
    if value.dtype in (torch.bfloat16, torch.float16):
        value = value.float()
    return value.cpu().numpy() if value.is_floating_point() else None


def _is_uniform(values: Any, kind: type) -> bool:
    first = values[0]
    return all(
        type(one) is kind
        and one.ndim == 1
        and one.shape == first.shape
        and one.dtype == first.dtype
        for one in values
    )

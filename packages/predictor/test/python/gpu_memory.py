"""Tells errors of a full GPU from others: `gpu_memory.py LIBRARY` prints those that it gets wrong.

The libraries raise their own exceptions here, on machines without a GPU.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from millrace import ItemError, RetryLater
from millrace_host.errors import describe

FULL, OTHER, HOST = "predictor_out_of_gpu_memory", "predictor_error", "predictor_out_of_memory"
CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.89 GiB"
ARENA = (
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv "
    "node. Name:'Conv_3' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:"
    "376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory "
    "for requested buffer of size 2830172160"
)
EXHAUSTED = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 7406166528 bytes."

Case = tuple[str, Callable[[], object], str]


def fails(error: BaseException) -> Callable[[], object]:
    """Return a function that raises the exception."""

    def raise_it() -> object:
        raise error

    return raise_it


def made(module: str, name: str, base: type[BaseException] = Exception) -> type[BaseException]:
    """Return a class as a library has it."""
    return type(name, (base,), {"__module__": module})


def wrapped() -> object:
    """Fail as code does that catches an error and raises its own."""
    try:
        raise made("torch", "OutOfMemoryError", RuntimeError)(CUDA)
    except RuntimeError as error:
        raise ValueError("inference failed") from error


def replaced() -> object:
    """Fail while a full GPU is handled."""
    try:
        raise made("torch", "OutOfMemoryError", RuntimeError)(CUDA)
    except RuntimeError:
        raise ValueError("inference failed") from None


class Hostile(RuntimeError):
    def __str__(self) -> str:
        raise KeyError("no text")


def plain() -> list[Case]:
    """Return classes that are named as those of libraries, of several versions."""
    texts = [
        CUDA,
        "CUDA error: out of memory",
        "HIP out of memory. Tried to allocate 20.00 MiB",
        "MPS backend out of memory (MPS allocated: 8.00 GB, other allocations: 1.00 GB)",
        "XPU out of memory. Tried to allocate 2.00 GiB",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "CUDA failed with error out of memory",
        "cudaErrorMemoryAllocation: out of memory",
    ]
    jax = made("jaxlib.xla_extension", "XlaRuntimeError", RuntimeError)
    ort = "onnxruntime.capi.onnxruntime_pybind11_state"
    return [
        *((text, fails(RuntimeError(text)), FULL) for text in texts),
        ("torch 2.0", fails(made("torch.cuda", "OutOfMemoryError", RuntimeError)("full")), FULL),
        ("CuPy", fails(made("cupy.cuda.memory", "OutOfMemoryError", MemoryError)("full")), FULL),
        ("jaxlib 0.4", fails(jax(EXHAUSTED)), FULL),
        ("jaxlib, other", fails(jax("INTERNAL: no")), OTHER),
        ("ONNX Runtime", fails(made(ort, "RuntimeException")(ARENA)), FULL),
        ("ONNX Runtime, CUDA", fails(made(ort, "Fail")("CUDA failure 2: out of memory ;")), FULL),
        ("ONNX Runtime, other", fails(made(ort, "InvalidArgument")("Got invalid dims")), OTHER),
        (
            "TensorFlow",
            fails(made("tensorflow.python.framework.errors_impl", "ResourceExhaustedError")("x")),
            FULL,
        ),
        ("RMM", fails(MemoryError("std::bad_alloc: out_of_memory: CUDA error at: x.hpp")), FULL),
        ("subclass", fails(type("Own", (made("torch", "OutOfMemoryError"),), {})("x")), FULL),
        ("cause", wrapped, FULL),
        ("context", replaced, FULL),
        ("memory", fails(MemoryError()), HOST),
        ("another class of that name", fails(made("shop", "OutOfMemoryError")("sold")), OTHER),
        (
            "a quota",
            fails(made("google.api_core", "ResourceExhausted")("RESOURCE_EXHAUSTED")),
            OTHER,
        ),
        ("a text alone", fails(ValueError(CUDA)), OTHER),
        ("no text", fails(Hostile()), OTHER),
        ("for the user to say", fails(ItemError("too_large", CUDA)), OTHER),
        ("later", fails(RetryLater(1)), OTHER),
    ]


def torch() -> list[Case]:
    import torch

    return [
        ("now", fails(torch.OutOfMemoryError(CUDA)), FULL),
        ("before 2.5", fails(torch.cuda.OutOfMemoryError(CUDA)), FULL),
        ("accelerator", fails(torch.AcceleratorError("CUDA error: out of memory", 2)), FULL),
        ("the machine's memory", lambda: torch.empty(1 << 55), OTHER),
        ("shapes", lambda: torch.ones(2, 3) @ torch.ones(2, 3), OTHER),
    ]


def jax() -> list[Case]:
    import jax
    import jax.numpy as jnp

    return [
        ("class", fails(jax.errors.JaxRuntimeError(EXHAUSTED)), FULL),
        ("raised by XLA", lambda: jnp.ones(1 << 44, "int8").block_until_ready(), FULL),
        ("shapes", lambda: jnp.ones((2, 3)) @ jnp.ones((2, 3)), OTHER),
    ]


def tensorflow() -> list[Case]:
    import tensorflow as tf

    full = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    return [
        ("class", fails(full), FULL),
        ("raised by a kernel", lambda: tf.fill([1 << 44], 1.0), FULL),
        ("shapes", lambda: tf.ones([2, 3]) @ tf.ones([2, 3]), OTHER),
    ]


def onnxruntime() -> list[Case]:
    import numpy
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    session = onnxruntime.InferenceSession(_expand(), providers=["CPUExecutionProvider"])
    one = numpy.ones(1, "float32")

    def expand(*shape: int) -> object:
        return session.run(None, {"x": one, "shape": numpy.array(shape)})

    assert expand(3)[0].tolist() == [1, 1, 1]
    return [
        ("class", fails(state.RuntimeException(ARENA)), FULL),
        ("another class", fails(state.Fail("CUDA failure 2: out of memory")), FULL),
        ("raised by a kernel", lambda: expand(1 << 44), FULL),
        ("input", lambda: session.run(None, {"x": one}), OTHER),
    ]


def _expand() -> bytes:
    """Return a model of one node, Expand(x, shape), as ONNX writes it: a protobuf message."""

    def part(number: int, payload: bytes) -> bytes:
        return bytes([number << 3 | 2, len(payload)]) + payload

    def whole(number: int, value: int) -> bytes:
        return bytes([number << 3, value])

    def tensor(name: bytes, kind: int) -> bytes:
        axis = part(1, part(2, b"n_" + name))
        return part(1, name) + part(2, part(1, whole(1, kind) + part(2, axis)))

    node = part(1, b"x") + part(1, b"shape") + part(2, b"y") + part(4, b"Expand")
    graph = part(1, node) + part(2, b"g") + part(11, tensor(b"x", 1))
    graph += part(11, tensor(b"shape", 7)) + part(12, tensor(b"y", 1))
    return whole(1, 8) + part(7, graph) + part(8, whole(2, 13))


def main() -> None:
    cases = globals()[sys.argv[1]]()
    wrong = {}
    for name, work, expected in cases:
        try:
            found: object = work()
        except Exception as error:
            found = describe(error, OTHER)["code"]
        if found != expected:
            wrong[name] = repr(found)
    print(json.dumps({"count": len(cases), "wrong": wrong}))


if __name__ == "__main__":
    main()

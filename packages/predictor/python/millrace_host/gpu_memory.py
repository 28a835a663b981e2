"""Tells whether a GPU ran out of memory, by class name and text: nothing is imported for it."""

from __future__ import annotations

import gc
import itertools
import re

from millrace_host.guarded import attempt
from millrace_host.tracebacks import linked

OUT_OF_GPU_MEMORY = "predictor_out_of_gpu_memory"

_MAX_LINKED = 100
# What the libraries on CUDA, ROCm and Metal write into a plain RuntimeError, such as "CUDA error:
# out of memory", "MPS backend out of memory" and "CUBLAS_STATUS_ALLOC_FAILED".
_TEXT = (
    r"\b(CUDA|HIP|MPS|XPU|GPU)\b[^\n]{0,40}\bout of memory\b|_STATUS_ALLOC_FAILED\b"
    r"|\bcudaErrorMemoryAllocation\b|\bCUDA_ERROR_OUT_OF_MEMORY\b|\bout_of_memory: CUDA\b"
)
# The package that defines the class, the end of the class's name, and a pattern of the message.
_SIGNS = (
    ("torch", "OutOfMemoryError", ""),  # vLLM's too
    ("cupy", "OutOfMemoryError", ""),
    ("cuda", "OutOfMemoryError", ""),  # cuda.core
    ("tensorflow", "ResourceExhaustedError", ""),
    ("jaxlib", "", "RESOURCE_EXHAUSTED"),
    ("jax", "", "RESOURCE_EXHAUSTED"),
    ("onnxruntime", "", "BFCArena|Failed to allocate memory|out of memory"),
    ("numba", "", _TEXT),
    ("builtins", "RuntimeError", _TEXT),
    ("builtins", "MemoryError", _TEXT),
)


def is_out_of_gpu_memory(error: BaseException) -> bool:
    """Return True if the exception, or one that led to it, says so."""
    return attempt(
        lambda: any(_says_so(one) for one in itertools.islice(linked(error), _MAX_LINKED)),
        lambda _: False,
    )


def let_go(error: BaseException) -> None:
    """Free what the frames of the failed call hold, which are its tensors.

    The exception's tracebacks hold the frames, and a frame may hold the exception or its traceback
    in a variable: only the collector frees such a cycle. The frames themselves are left alone, as
    one of them may be a coroutine of the predictor that is still needed.
    """
    for one in linked(error):
        BaseException.__traceback__.__set__(one, None)
    gc.collect()


def _says_so(error: BaseException) -> bool:
    for base in type.__dict__["__mro__"].__get__(type(error)):
        package = str(base.__module__).partition(".")[0]
        for owner, name, text in _SIGNS:
            is_class = owner == package and base.__name__.endswith(name)
            if is_class and (not text or re.search(text, str(error))):
                return True
    return False

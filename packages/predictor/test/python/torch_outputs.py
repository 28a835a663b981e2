"""Tensors of PyTorch, on the CPU and, where there is one, on the GPU."""

from __future__ import annotations

import torch
from table import Case, refused, run, value

CASES = [
    value("no axis", lambda: torch.tensor(1.5), "1.5"),
    value("float32", lambda: torch.tensor([0.1]), "[0.10000000149011612]"),
    value("float16", lambda: torch.tensor([0.1], dtype=torch.float16), "[0.0999755859375]"),
    value("bfloat16", lambda: torch.tensor([[1.5, 2]], dtype=torch.bfloat16), "[[1.5,2.0]]"),
    value("int64", lambda: torch.tensor([2**62]), "[4611686018427387904]"),
    value("bool", lambda: {"a": torch.tensor([True, False])}, '{"a":[true,false]}'),
    value("empty", lambda: torch.zeros(0, 3), "[]"),
    value("view", lambda: torch.arange(6).reshape(2, 3).T, "[[0,3],[1,4],[2,5]]"),
    value("needs a gradient", lambda: torch.ones(2, requires_grad=True) * 2, "[2.0,2.0]"),
    value("parameter", lambda: torch.nn.Parameter(torch.ones(1)), "[1.0]"),
    value("conjugate view", lambda: torch.tensor([1 + 2j]).conj().imag, "[-2.0]"),
    value("size", lambda: torch.zeros(2, 3).shape, "[2,3]"),
    refused("complex", lambda: torch.tensor([1j]), r"output\[0\]\[0\] is a complex"),
    refused("nan", lambda: {"a": torch.tensor([1, float("nan")])}, r"output\[0\]\.a\[1\] is nan"),
    refused(
        "meta",
        lambda: torch.zeros(2, device="meta"),
        r"output\[0\] is a torch\.Tensor that cannot be read",
    ),
    refused(
        "sparse",
        lambda: torch.eye(2).to_sparse(),
        r"output\[0\] is a torch\.Tensor that cannot be read",
    ),
    refused("too large", lambda: torch.zeros(1).expand(10**10), "it has 10000000000 values"),
    refused("dtype", lambda: torch.float32, r"output\[0\] is a torch\.dtype"),
    Case("an item per row", lambda: torch.eye(2), ["[1.0,0.0]", "[0.0,1.0]"], 2),
    Case("a list of tensors", lambda: list(torch.eye(2)), ["[1.0,0.0]", "[0.0,1.0]"], 2),
    Case("a list of values", lambda: list(torch.tensor([1, 2])), ["1", "2"], 2),
    Case(
        "columns",
        lambda: {"logits": torch.eye(2), "label": ["a", "b"]},
        ['{"logits":[1.0,0.0],"label":"a"}', '{"logits":[0.0,1.0],"label":"b"}'],
        2,
    ),
    Case(
        "another length",
        lambda: torch.zeros(3),
        "[0.0,0.0,0.0]",
        2,
        warning="predict returned a torch.Tensor of 3",
    ),
]

CUDA = [
    value("on the GPU", lambda: torch.ones(2, device="cuda", requires_grad=True), "[1.0,1.0]"),
    Case(
        "columns on the GPU",
        lambda: {"a": torch.ones(2, device="cuda")},
        ['{"a":1.0}', '{"a":1.0}'],
        2,
    ),
]

if __name__ == "__main__":
    run([*CASES, *(CUDA if torch.cuda.is_available() else [])])

"""Finds the user's PythonPredictor and calls its methods with the arguments they declare."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from pathlib import PurePath
from types import ModuleType
from typing import Any, Callable, Mapping, NamedTuple

_KNOWN_ARGUMENTS = {
    "__init__": ("config", "job_spec"),
    "preprocess": ("payload", "batch_id"),
    "predict": ("payload", "batch_id"),
    "predict_item": ("item", "item_id"),
    "postprocess": ("output", "batch_id"),
    "on_job_complete": (),
}

# How many calls of predict_item run at once where the configuration does not say.
_DEFAULT_ASYNC_ITEMS = 32
# One batch in postprocess, and one that waits for it.
_BEHIND = 2

# They run in threads or processes of their own.
_STAGES = ("preprocess", "postprocess")
_UNRUN = (inspect.iscoroutine, inspect.isgenerator, inspect.isasyncgen)


class NotLoadableError(Exception):
    """The project has no usable predictor; the message says what to change."""


class Flow(NamedTuple):
    """How many calls run at once: in predict, and in all stages and between them."""

    concurrency: int
    in_flight: int
    is_staged: bool
    preprocess_workers: int
    preprocess_mode: str


class LoadedClass:
    """The class PythonPredictor, and the arguments that each of its methods takes."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.methods = [
            name
            for name in _KNOWN_ARGUMENTS
            if name != "__init__" and callable(getattr(cls, name, None))
        ]
        self.unit = _unit_of(self.methods)
        self.call_name = "predict_item" if self.unit == "item" else "predict"
        for name in self.methods:
            _check_runs(name, getattr(cls, name))
        self.arguments = {name: _declared(cls, name) for name in ("__init__", *self.methods)}

    @property
    def is_async(self) -> bool:
        """True when the calls share an event loop."""
        return inspect.iscoroutinefunction(getattr(self.cls, self.call_name))

    def flow(self, spec: Mapping[str, Any]) -> Flow:
        """Return how calls run with the API's settings."""
        concurrency = spec.get("concurrency")
        if concurrency is None:
            concurrency = _DEFAULT_ASYNC_ITEMS if self.unit == "item" and self.is_async else 1
        stages = [name for name in _STAGES if name in self.methods]
        workers = spec["preprocess"]["workers"]
        ahead = 2 * workers if "preprocess" in stages else 0
        behind = _BEHIND if "postprocess" in stages else 0
        return Flow(
            concurrency=concurrency,
            in_flight=ahead + concurrency + behind,
            is_staged=bool(stages),
            preprocess_workers=workers,
            preprocess_mode=spec["preprocess"]["mode"],
        )

    def found(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the worker has to know."""
        flow = self.flow(spec)
        return {
            "methods": self.methods,
            "unit": self.unit,
            "concurrency": flow.concurrency,
            "in_flight": flow.in_flight,
        }

    def construct(self, config: Any, job_spec: Any) -> Any:
        given = {"config": config, "job_spec": job_spec}
        return self.cls(**{name: given[name] for name in self.arguments["__init__"]})

    def function(self, predictor: Any, name: str) -> Callable[[Any, str], Any] | None:
        """Return a method as a function of what it works on and of an id; None without it."""
        if name not in self.methods:
            return None
        call, arguments = getattr(predictor, name), self.arguments[name]
        payload_name, id_name = _KNOWN_ARGUMENTS[name]
        if arguments == ("payload", "batch_id"):
            return lambda payload, batch_id: call(payload=payload, batch_id=batch_id)
        if arguments == (payload_name,):
            return lambda payload, _id: call(**{payload_name: payload})
        if arguments == (id_name,):
            return lambda _payload, id: call(**{id_name: id})
        if not arguments:
            return lambda _payload, _id: call()
        return lambda payload, id: call(**{payload_name: payload, id_name: id})


def item_id(item: Any, batch_id: str) -> str:
    """Return the item's custom_id, or its index in the dataset."""
    if isinstance(item, dict) and item.get("custom_id") is not None:
        return str(item["custom_id"])
    return str(int(batch_id.partition("-")[0]))


def _unit_of(methods: list[str]) -> str:
    """Return what one call is given: a batch, or an item."""
    has = [name for name in ("predict", "predict_item") if name in methods]
    if len(has) == 2:
        raise NotLoadableError(
            "Cannot use class PythonPredictor: it has both predict and predict_item, expected one"
        )
    if not has:
        raise NotLoadableError(
            "Cannot use class PythonPredictor: it has no method predict, expected predict(self, "
            "payload, batch_id) or predict_item(self, item, item_id)"
        )
    if has == ["predict"]:
        return "batch"
    stage = next((name for name in _STAGES if name in methods), None)
    if stage:
        raise NotLoadableError(
            f"Cannot use class PythonPredictor: it has both {stage} and predict_item, expected "
            f"{stage} beside predict; predict_item can do all of an item's work itself"
        )
    return "item"


def _check_runs(name: str, method: Any) -> None:
    """Raise NotLoadableError for a method whose call would not run its body."""
    kinds = {
        "an async generator": inspect.isasyncgenfunction(method),
        "a generator": inspect.isgeneratorfunction(method),
        "an async def": name in _STAGES and inspect.iscoroutinefunction(method),
    }
    expected = "a def" if name in _STAGES else "a def or an async def"
    for kind, is_kind in kinds.items():
        if is_kind:
            raise NotLoadableError(
                f"Cannot use PythonPredictor.{name}: it is {kind}, expected {expected} without "
                "yield"
            )


def refuse_unrun(name: str, returned: Any) -> None:
    """Raise TypeError when a method returned something that is never run."""
    if any(is_kind(returned) for is_kind in _UNRUN):
        raise TypeError(
            f"Cannot use what {name} returned: it is a {type(returned).__name__}, which is never "
            "run, expected what a def or an async def without yield returns"
        )


def load(project_dir: str, path: str, python_path: str) -> LoadedClass:
    """Import the project's file under its own module name."""
    os.chdir(project_dir)
    sys.path[:0] = list(
        dict.fromkeys([project_dir, os.path.normpath(os.path.join(project_dir, python_path))])
    )
    module = _import_file(os.path.join(project_dir, path), path)
    cls = getattr(module, "PythonPredictor", None)
    if not isinstance(cls, type):
        raise NotLoadableError(
            f'Cannot find a predictor in "{path}": it has no class PythonPredictor, expected '
            "`class PythonPredictor` with a method predict(self, payload, batch_id)"
        )
    return LoadedClass(cls)


def _import_file(file: str, path: str) -> ModuleType:
    if not os.path.isfile(file):
        raise NotLoadableError(f'Cannot find the predictor: the project has no file "{path}"')
    parts = PurePath(os.path.normpath(path)).with_suffix("").parts
    name = ".".join(parts)
    if name in sys.modules or name in getattr(sys, "stdlib_module_names", ()):
        name = f"predictor_{parts[-1]}"  # such as types.py: the standard library takes precedence
    for depth in range(1, len(parts)):
        importlib.import_module(".".join(parts[:depth]))
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise NotLoadableError(f'Cannot import "{path}": expected a Python file that ends in .py')
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _declared(cls: type, method: str) -> tuple[str, ...]:
    """List the known arguments that a method declares. Raises NotLoadableError on others."""
    known = _KNOWN_ARGUMENTS[method]
    function = getattr(cls, method)
    if function is object.__init__:
        return ()
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C
        return known
    if not isinstance(inspect.getattr_static(cls, method), (staticmethod, classmethod)):
        parameters = parameters[1:]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return known
    for parameter in parameters:
        is_needed = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
        if is_needed and parameter.name not in known:
            expected = ", ".join(known) or "none"
            raise NotLoadableError(
                f"Cannot call PythonPredictor.{method}: it declares the argument "
                f'"{parameter.name}", expected arguments among: {expected}'
            )
    names = {parameter.name for parameter in parameters}
    return tuple(name for name in known if name in names)

"""Evaluates accepted modules over one input, each in a package of its own (pure).

An engine of Regorus belongs to the thread that made it and may only be dropped there, so each
thread keeps its own few, by the modules' version.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import regorus

from rtb.rego.vet import PACKAGE, Module, problem

ENGINES_PER_THREAD: Final = 64
NOT_OURS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule's messages; ``error`` is set where it could not be evaluated."""

    messages: tuple[str, ...] = ()
    error: str = ""
    cpu_seconds: float = 0.0


class _Engines(threading.local):
    """This thread's engines, the latest used last."""

    def __init__(self) -> None:
        self.by_version: OrderedDict[str, Any] = OrderedDict()


_engines = _Engines()


def evaluate(
    version: str,
    modules: Sequence[Module],
    rule: str,
    document: bytes,
    skip: Collection[int] = (),
) -> Mapping[int, Answer]:
    """The answer of each module that has ``rule``, by its place; ``document`` is JSON.

    The modules at the places in ``skip`` are not asked. ``version`` stands for ``modules``: the
    same version must always mean the same modules.
    """
    engine = _engine(version, modules)
    engine.set_input_json(document.decode())
    return {
        place: _answer(engine, f"data.{PACKAGE}.{_package(place)}.{rule}")
        for place, module in enumerate(modules)
        if rule in module.rules and place not in skip
    }


def _engine(version: str, modules: Sequence[Module]) -> Any:
    kept = _engines.by_version
    engine = kept.get(version)
    if engine is None:
        engine = regorus.Engine()
        for place, module in enumerate(modules):
            engine.add_policy(_package(place), module.in_package(_package(place)))
        kept[version] = engine
        if len(kept) > ENGINES_PER_THREAD:
            kept.popitem(last=False)
    kept.move_to_end(version)
    return engine


def _package(place: int) -> str:
    return f"p{place}"


def _answer(engine: Any, path: str) -> Answer:
    began = time.thread_time()
    try:
        found = engine.eval_rule(path)
    except NOT_OURS:
        raise
    except BaseException as exc:  # noqa: BLE001 - a panic of Regorus is a BaseException
        return Answer(error=str(problem(exc)), cpu_seconds=time.thread_time() - began)
    return Answer(_messages(found), cpu_seconds=time.thread_time() - began)


def _messages(found: object) -> tuple[str, ...]:
    """Of a set, or of a rule that is simply true; nothing where it is undefined or false."""
    if isinstance(found, set | frozenset | list | tuple):
        return tuple(sorted(str(each) for each in found))
    if found is None or found is False:
        return ()
    return ("denied",) if found is True else (str(found),)

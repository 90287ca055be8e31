"""Engines: each learns from counts and says what serves next; one interface, problem.Engine."""

from importlib import import_module

from optimization.problem import Engine

_CLASSES = {
    "tab": ("optimization.engines.tab", "TabEngine"),
    "botorch": ("optimization.engines.botorch", "BotorchEngine"),
    "seed": ("optimization.engines.seed", "SeedEngine"),
}
ENGINES = tuple(_CLASSES)


def engine(name: str) -> Engine:
    """The engine of that name; its libraries are imported now and not before.

    Raises ValueError for any other name.
    """
    if name not in _CLASSES:
        raise ValueError(f"no engine is called {name!r}; there are {', '.join(ENGINES)}")
    module, class_name = _CLASSES[name]
    built: Engine = getattr(import_module(module), class_name)()
    return built

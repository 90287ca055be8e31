"""The one error every client module shares: the engine is neither configured nor running."""


class EngineNotRunning(Exception):
    """No address is known for an engine that a command or a request needs."""

    def __init__(self, engine: str, variable: str) -> None:
        super().__init__(
            f"{engine} is neither configured ({variable}) nor running: "
            "start it with `python manage.py up`"
        )

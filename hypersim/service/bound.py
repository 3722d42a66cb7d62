"""Which accounts a request speaks of: those of the generation in which it looked one up.

Account numbers begin again with every reset. Who looks an account up, by key, token or e-mail, and
asks for something only after a reset, must not reach whoever has that number by then. The
generation is remembered with the running task: no command carries it, and no handler can forget it.
"""

from contextvars import ContextVar

_generation: ContextVar[int | None] = ContextVar("generation", default=None)


def bind(generation: int) -> None:
    """From now on the running task speaks of accounts of this generation."""
    _generation.set(generation)


def unbind() -> None:
    """The running task looked nobody up, or knows of the reset."""
    _generation.set(None)


def is_bound_elsewhere(generation: int) -> bool:
    """Whether the running task speaks of accounts of another generation than this one."""
    bound = _generation.get()
    return bound is not None and bound != generation

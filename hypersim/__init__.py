"""hypersim: a simulated crypto exchange that real trading clients cannot tell from a real one."""

from importlib.util import find_spec

__version__ = "0.1.0"


def is_compiled() -> bool:
    """Whether the hot modules of this installation are machine code (`make wheel`), not source."""
    spec = find_spec("hypersim.trading.deciding")
    return spec is not None and spec.origin is not None and not spec.origin.endswith(".py")

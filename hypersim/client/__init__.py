"""hypersim for CCXT: `register()` makes `ccxt.hypersim` and its two asynchronous sisters exist.

    import ccxt
    from hypersim.client import register

    register()
    exchange = ccxt.hypersim({"apiKey": "...", "secret": "..."})

CCXT has three bases: one that blocks, one for asyncio, and that one with streams on top. Most of an
exchange is the same in all three, so it is written once:

- `description`: what the exchange is and can do; `errors`: which exception stands for which code.
- `wire`: addresses, signatures, errors. `parsing`: answers in CCXT's structures.
- `market_methods`, `order_methods`: each unified method as a generator that yields the requests it
  needs and is sent the answers. It neither blocks nor awaits, so it suits both kinds of base.
- `flavours`: the two loops that drive such a generator, one of them with `await`, and the classes.
- `streams`: what only the class with streams has.

Nothing here knows the server; it speaks the native API, `/v1`, as any client would.
"""

import ccxt
import ccxt.async_support
import ccxt.pro

from hypersim.client.flavours import AsyncHypersim, Hypersim
from hypersim.client.streams import ProHypersim

__all__ = ["AsyncHypersim", "Hypersim", "ProHypersim", "register"]


def register() -> None:
    """Add the exchange to `ccxt`, `ccxt.async_support` and `ccxt.pro`; again does no harm."""
    for module, exchange in (
        (ccxt, Hypersim),
        (ccxt.async_support, AsyncHypersim),
        (ccxt.pro, ProHypersim),
    ):
        module.hypersim = exchange
        if "hypersim" not in module.exchanges:
            module.exchanges.append("hypersim")

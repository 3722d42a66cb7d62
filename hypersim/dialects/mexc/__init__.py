"""MEXC Spot V3: REST, for clients that nobody here wrote.

Binance has `/api` at the root already, so MEXC has a prefix alone; on a port of its own
(`--listen mexc=PORT`) all of it is served at the root, as at the venue.
"""

from hypersim.api.dialect import Dialect
from hypersim.dialects.mexc.app import build

DIALECT = Dialect("mexc", "/mexc", (), build)

"""The native API, `/v1`: the source design's own, in CCXT's unified structures."""

from hypersim.api.dialect import Dialect
from hypersim.dialects.native.app import build

DIALECT = Dialect("native", "/native", ("/v1", "/schema"), build)

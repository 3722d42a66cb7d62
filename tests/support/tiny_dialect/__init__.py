"""Tiny: a venue that does not exist, with as few words as the cards need. See
docs/adding-a-dialect.md."""

from hypersim.api.dialect import Dialect
from tests.support.tiny_dialect.app import build

DIALECT = Dialect("tiny", "/tiny", ("/t1",), build)

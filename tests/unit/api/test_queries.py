"""Reading a query into a structure of its parameters."""

from typing import Annotated

import pytest
from msgspec import Meta, Struct

from hypersim.api.http.queries import MalformedQuery, read_query


class Query(Struct):
    """What there can be."""

    name: str | None = None
    asset: Annotated[str, Meta(pattern="^[A-Z]{1,5}$", description="An asset")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1_000)] | None = None


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (b"", Query()),
        (b"name=a%20b+c&limit=1000", Query("a b c", limit=1_000)),
        (b"asset=USDT", Query(asset="USDT")),
        (b"limit=&name=", Query()),
        (b"limit=0010", Query(limit=10)),
    ],
)
def test_parameters_are_read_into_their_structure(query: bytes, read: Query) -> None:
    assert read_query(Query, query) == read


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (b"size=1", "Unknown parameter 'size'; known here: name, asset, limit"),
        (b"limit=1&limit=2", "Parameter 'limit' was given more than once"),
        (b"limit=&limit=2", "Parameter 'limit' was given more than once"),
        (b"asset=usdt", "asset must be an asset, not 'usdt'"),
        (b"asset=USDT%0A", r"asset must be an asset, not 'USDT\\n'"),
        (b"limit=0", "limit must be a whole number from 1 to 1000, not '0'"),
        (b"limit=1001", "limit must be a whole number from 1 to 1000, not '1001'"),
        (b"limit=%D9%A1", "limit must be a whole number from 1 to 1000, not '\u0661'"),
        (b"limit=1_0", "limit must be a whole number from 1 to 1000, not '1_0'"),
        (b"limit=" + b"1" * 5_000, "limit must be a whole number from 1 to 1000, not '1{40}'"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(query: bytes, problem: str) -> None:
    with pytest.raises(MalformedQuery, match=f"^{problem}$"):
        read_query(Query, query)


def test_a_structure_of_other_fields_is_a_mistake_of_ours() -> None:
    class Wrong(Struct):
        """It has a float."""

        share: float = 0.0

    with pytest.raises(TypeError):
        read_query(Wrong, b"share=1")

"""Every fault has a test for every dialect over each road, or a reason why there can be none."""

import json
import re
from pathlib import Path

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.faults import kinds
from tests.conformance.faults import test_pushes, test_requests
from tests.conformance.faults.roads import (
    NO_LISTEN_KEYS,
    NO_LISTEN_KEYS_THERE,
    NO_MARKET_PUSHES,
    NO_PUSHES,
    NO_REQUESTS,
    NO_WEBSOCKET_API,
    NO_WITHDRAWALS,
    NO_WITHDRAWALS_THERE,
    Road,
)

PAGE = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
OF_REQUESTS = {name for do, _ in test_requests.TABLE for name in do if name in kinds()}
OF_PUSHES = {"userData", "socket", "marketData"}
OF_ORDERS = {"order", "symbol", "fees"}
TESTED = {
    Road.REST: OF_REQUESTS | OF_ORDERS | {"withdrawals"},
    Road.WEBSOCKET_API: OF_REQUESTS | OF_ORDERS | {"userData", "socket"},
    Road.STREAM: OF_PUSHES | OF_ORDERS | {"listenKeys"},
}


@pytest.mark.parametrize("dialect", dialect_names(DIALECTS))
@pytest.mark.parametrize("road", Road)
def test_each_cell_is_tested_or_has_a_reason(dialect: str, road: Road) -> None:
    reasons = {
        Road.REST: dict.fromkeys(OF_PUSHES | {"listenKeys"}, NO_PUSHES),
        Road.WEBSOCKET_API: {
            "marketData": NO_MARKET_PUSHES,
            "withdrawals": NO_WITHDRAWALS_THERE,
            "listenKeys": NO_LISTEN_KEYS_THERE,
        },
        Road.STREAM: dict.fromkeys(OF_REQUESTS | {"withdrawals"}, NO_REQUESTS),
    }[road]
    if dialect in NO_WITHDRAWALS:
        reasons["withdrawals"] = NO_WITHDRAWALS[dialect]
    if dialect == "native":
        reasons["listenKeys"] = NO_LISTEN_KEYS
    if road is Road.WEBSOCKET_API and dialect in NO_WEBSOCKET_API:
        reasons = dict.fromkeys(kinds(), NO_WEBSOCKET_API[dialect])
    tested = TESTED[road] - set(reasons)
    assert tested | set(reasons) == set(kinds())


def test_the_examples_of_the_page_are_what_is_tested() -> None:
    rows = [*(do for do, _ in test_pushes.USER_DATA), *test_pushes.SOCKET, *test_pushes.MARKET_DATA]
    told = PAGE.partition("## What is pushed")[2].partition("## Presets")[0]
    examples = map(json.loads, re.findall(r"^\| `(\{.*?\})` \|", told, re.MULTILINE))
    assert sorted(map(str, examples)) == sorted(map(str, rows))

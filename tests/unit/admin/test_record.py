"""How far the tables follow the journal, as an administrator asks."""

import pytest

from hypersim.admin import record
from tests.support.memory_exchange import MemoryExchange


async def test_it_is_told_and_settled(exchange: MemoryExchange) -> None:
    shown = await exchange.admin.get("/admin/record")
    settled = await exchange.admin.post("/admin/record/settle")
    assert shown.json() == settled.json()
    assert settled.json() == {
        "lastSeq": 0,
        "projectedSeq": 0,
        "eventsBehind": 0,
        "behindMs": 0,
        "projector": "task",
        "restarts": 0,
        "stopped": None,
    }


async def test_a_settle_of_tables_that_follow_no_more_says_why(
    exchange: MemoryExchange,
) -> None:
    tables = exchange.tables
    tables.start_at(5)
    tables.stop("events 2 to 5 cannot be written")
    answer = await exchange.admin.post("/admin/record/settle")
    assert answer.status_code == 503
    assert "events 2 to 5 cannot be written" in answer.text


async def test_a_settle_that_takes_too_long_is_refused(
    exchange: MemoryExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "SETTLE_PATIENCE_S", 0.01)
    exchange.tables.start_at(5)
    answer = await exchange.admin.post("/admin/record/settle")
    assert answer.status_code == 503
    assert "still 5 events behind" in answer.text

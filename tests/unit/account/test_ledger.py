"""Money moves from bucket to bucket, and nothing is lost on the way."""

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersim.account.entries import (
    EXTERNAL_ACCOUNT,
    FEE_ACCOUNT,
    MARKET_ACCOUNT,
    Balance,
    BalanceKey,
    EntryKind,
    LedgerEntry,
    Posting,
)
from hypersim.account.ledger import Ledger, available, legs_of, locked

TEN = Decimal(10)

buckets = st.builds(
    lambda account, is_locked: (locked if is_locked else available)(account, "BTC"),
    st.sampled_from([1, 2, EXTERNAL_ACCOUNT, MARKET_ACCOUNT, FEE_ACCOUNT]),
    st.booleans(),
)
postings = st.builds(Posting, buckets, buckets, st.decimals("0.001", 9, places=3))


def ledger_with_ten() -> Ledger:
    ledger = Ledger()
    post(ledger, Posting(available(EXTERNAL_ACCOUNT, "BTC"), available(1, "BTC"), TEN))
    return ledger


def post(ledger: Ledger, posting: Posting) -> None:
    moved: dict[BalanceKey, Balance] = {}
    ledger.post([posting], moved)
    assert moved == {key: ledger.balances[key] for key in (posting.source[:2], posting.target[:2])}


def test_a_posting_takes_from_one_bucket_and_gives_to_the_other() -> None:
    ledger = ledger_with_ten()
    post(ledger, Posting(available(1, "BTC"), locked(1, "BTC"), Decimal(4)))
    assert (ledger.available(1, "BTC"), ledger.locked(1, "BTC")) == (Decimal(6), Decimal(4))
    assert ledger.available(EXTERNAL_ACCOUNT, "BTC") == -TEN
    assert ledger.available(2, "BTC") == ledger.locked(2, "BTC") == ledger.available(1, "X") == 0


@pytest.mark.parametrize("amount", ["10.00000001", "0", "-1"])
def test_what_is_not_there_cannot_move(amount: str) -> None:
    ledger = ledger_with_ten()
    before = dict(ledger.balances)
    with pytest.raises(AssertionError):
        post(ledger, Posting(available(1, "BTC"), locked(1, "BTC"), Decimal(amount)))
    assert dict(ledger.balances) == before


def test_what_is_locked_cannot_be_taken_from_what_is_available() -> None:
    ledger = ledger_with_ten()
    post(ledger, Posting(available(1, "BTC"), locked(1, "BTC"), TEN))
    with pytest.raises(AssertionError):
        post(ledger, Posting(available(1, "BTC"), available(2, "BTC"), Decimal(1)))


def test_a_restored_balance_is_as_it_was() -> None:
    ledger = Ledger()
    ledger.restore(1, "BTC", Balance(Decimal(6), Decimal(4)))
    ledger.restore(EXTERNAL_ACCOUNT, "BTC", Balance(-TEN, Decimal(0)))
    original = ledger_with_ten()
    post(original, Posting(available(1, "BTC"), locked(1, "BTC"), Decimal(4)))
    assert ledger.balances == original.balances
    assert Balance(Decimal(6), Decimal(4)).total == TEN


@given(st.lists(postings, max_size=20))
def test_an_asset_always_sums_to_zero(moves: list[Posting]) -> None:
    ledger = ledger_with_ten()
    for posting in moves:
        account_id, asset, is_locked = posting.source
        there = (ledger.locked if is_locked else ledger.available)(account_id, asset)
        if account_id < 0 or there >= posting.amount:
            post(ledger, posting)
    assert sum(one.total for one in ledger.balances.values()) == 0
    for (account_id, _), one in ledger.balances.items():
        assert account_id < 0 or min(one.available, one.locked) >= 0


@given(st.lists(postings, min_size=1, max_size=6))
def test_the_legs_of_an_entry_are_what_its_postings_change(moves: list[Posting]) -> None:
    legs = legs_of(LedgerEntry(1, EntryKind.TRADE, "trade:1", 0, tuple(moves)))
    changes: defaultdict[object, Decimal] = defaultdict(Decimal)
    for move in moves:
        changes[move.source] -= move.amount
        changes[move.target] += move.amount
    assert len({(leg.account_id, leg.asset) for leg in legs}) == len(legs)
    assert sum(leg.available + leg.locked for leg in legs) == 0
    for leg in legs:
        assert leg.available == changes[available(leg.account_id, leg.asset)]
        assert leg.locked == changes[locked(leg.account_id, leg.asset)]

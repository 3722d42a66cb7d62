"""scripts/oto: terms of a pair, what was streamed against REST, users' files, and the summary."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.oto.history import History, ListState
from scripts.oto.orders import Names, OrderSeen, OrderState, Status
from scripts.oto.rest import Account, ApiRefusal, Credentials, Exchange, OutcomeUnclear
from scripts.oto.sockets import SubscriptionEnded, event_of, is_local, price_url, quote_of
from scripts.oto.summary import Summary, percentile, share_within
from scripts.oto.terms import Plan, Quote, Rules, Unworkable, cycles_left, pair_terms
from scripts.oto.user import Urls
from scripts.oto.users_file import BadUsersFile, read_users
from scripts.oto_bot import parser, plan_of, urls_of

D = Decimal
QUOTE = Quote(D("100.004"), D("100.011"))
PLAN = Plan("BTCUSDT", D(1000), D(50), D("0.001"))
SYMBOL = {
    "symbol": "BTCUSDT",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "9", "stepSize": "0.001"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
    ],
}
RULES = Rules.of_symbol(SYMBOL)


def report(name: str, status: str, filled: str = "0", **more: Any) -> dict[str, Any]:
    """An executionReport, as far as the bot reads it."""
    body = {"c": name, "C": "", "x": "NEW", "X": status, "z": filled, "Z": filled, "i": 5, "t": -1}
    return body | more


def state(status: Status, filled: str = "0") -> OrderState:
    return OrderState(status, D(filled), D(filled))


def test_prices_and_quantities_are_rounded_to_what_the_market_allows() -> None:
    terms = pair_terms(PLAN, RULES, QUOTE, fee=D(0))
    assert (terms.buy_price, terms.sell_price) == (D("100.00"), D("100.10"))
    assert terms.buy_quantity == terms.sell_quantity == D("0.500")
    assert terms.cost == 50


def test_a_fee_is_made_up_for_by_spare_tokens() -> None:
    fee = D("0.001")
    assert pair_terms(PLAN, RULES, QUOTE, fee=fee).sell_quantity == D("0.499")
    assert pair_terms(PLAN, RULES, QUOTE, fee=fee, spare=D(3)).sell_quantity == D("0.5")


def test_an_order_may_be_placed_below_or_above_the_bid() -> None:
    below = Plan("BTCUSDT", D(1), D(50), D(0), entry_offset=D("0.01"))
    above = Plan("BTCUSDT", D(1), D(50), D(0), entry_offset=D("-0.01"))
    assert pair_terms(below, RULES, QUOTE, fee=D(0)).buy_price == D("99.00")
    assert pair_terms(above, RULES, QUOTE, fee=D(0)).buy_price == D("101.00")


@pytest.mark.parametrize("size", ["4.99", "2000"])
def test_an_order_size_beyond_the_filters_is_unworkable(size: str) -> None:
    with pytest.raises(Unworkable, match="too small or too large"):
        pair_terms(Plan("BTCUSDT", D(1), D(size), D(0)), RULES, QUOTE, fee=D(0))


@pytest.mark.parametrize(("volume", "cycles"), [("0", 10), ("1", 10), ("900", 1), ("1001", 0)])
def test_cycles_are_counted_from_the_volume_that_is_left(volume: str, cycles: int) -> None:
    assert cycles_left(PLAN, D(volume)) == cycles


def test_a_canceled_order_is_known_by_the_name_that_it_was_placed_with() -> None:
    told = OrderSeen.of_report(report("cancel-1", "CANCELED", C="oto-a-1-1w"))
    body = {"origClientOrderId": "oto-a-1-1w", "clientOrderId": "cancel-1", "status": "CANCELED"}
    answered = OrderSeen.of_body(body | {"executedQty": 0, "cummulativeQuoteQty": 0, "orderId": 5})
    assert told == answered == OrderSeen("oto-a-1-1w", state(Status.CANCELED), 5)


def test_names_are_short_enough_for_binance() -> None:
    assert len(Names("0123abcd", 999).of(1_000_000, "x10")) <= 36


def test_rest_may_be_ahead_of_the_stream_but_not_behind() -> None:
    history = History("oto-a-1-")
    history.add_report(report("oto-a-1-1w", "NEW"))
    history.add_report(report("oto-a-1-1w", "PARTIALLY_FILLED", "1"))
    mark = history.mark(["oto-a-1-1w"])
    ahead = [OrderSeen("oto-a-1-1w", state(Status.FILLED, "2"), 5)]
    behind = [OrderSeen("oto-a-1-1w", state(Status.NEW), 5)]
    assert history.differences_since(mark, ahead)
    history.add_report(report("oto-a-1-1w", "FILLED", "2"))
    assert not history.differences_since(mark, ahead)
    assert history.differences_since(mark, behind)


def test_in_the_end_stream_and_rest_show_the_same_orders() -> None:
    history = History("oto-a-1-")
    history.add_report(report("oto-a-1-1w", "FILLED", "2"))
    history.add_report(report("oto-a-1-1p", "NEW"))
    whole = OrderSeen("oto-a-1-1w", state(Status.FILLED, "2"), 5)
    earlier_run = OrderSeen("oto-b-1-1w", state(Status.FILLED, "2"), 4)
    (missing,) = history.final_differences([whole, earlier_run])
    assert str(missing).startswith("oto-a-1-1p: streamed")
    assert not history.final_differences(
        [whole, OrderSeen("oto-a-1-1p", state(Status.NEW), 6), earlier_run]
    )


def test_orders_of_others_and_repeated_trades_are_noticed() -> None:
    history = History("oto-a-1-")
    history.add_report(report("oto-a-11-1w", "FILLED", "2", x="TRADE", t=9))
    history.add_report(report("oto-a-1-1w", "FILLED", "2", x="TRADE", t=9))
    history.add_list({"C": "web_1", "l": "ALL_DONE", "L": "ALL_DONE"})
    assert (history.foreign, history.repeated) == ({"oto-a-11-1w", "web_1"}, 1)
    assert history.trade_differences([9, 10])[0].what == "10"


def test_lists_are_compared_by_their_last_state() -> None:
    history = History("oto-a-1-")
    history.add_list({"C": "oto-a-1-1l", "l": "EXEC_STARTED", "L": "EXECUTING"})
    history.add_list({"C": "oto-a-1-1l", "l": "ALL_DONE", "L": "ALL_DONE"})
    assert not history.list_differences({"oto-a-1-1l": ListState("ALL_DONE", "ALL_DONE")})
    assert history.list_differences({})


def test_what_rest_told_after_a_gap_counts_as_known() -> None:
    history = History("oto-a-1-")
    history.add_report(report("oto-a-1-1w", "NEW"))
    caught = [OrderSeen("oto-a-1-1w", state(Status.FILLED, "2"), 5)]
    history.catch_up(caught)
    assert history.caught_up == 1
    assert not history.final_differences(caught)


def test_users_come_from_the_keys_that_seeding_writes(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    keys = {"ann@example.com": {"apiKey": "k", "apiSecret": "s3cret", "passphrase": "p"}}
    file.write_text(json.dumps(keys))
    (user,) = read_users(file)
    assert (user.name, user.key, user.secret) == ("ann@example.com", "k", "s3cret")
    assert "s3cret" not in repr(user)


def test_users_come_from_a_table_too(tmp_path: Path) -> None:
    file = tmp_path / "keys.csv"
    file.write_text("email,apiKey,apiSecret\nann@example.com, k1 ,s1\nbob@example.com,k2,s2\n")
    assert [user.key for user in read_users(file)] == ["k1", "k2"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("keys.json", "[1]", "expected an object"),
        ("keys.json", "{", "is no JSON"),
        ("keys.json", "{}", "has no users"),
        ("keys.csv", "email,apiKey,apiSecret\nann,k,\n", "user 1 lacks one of"),
        ("keys.csv", "email,apiKey,apiSecret\nann,k,s\nbob,k,s\n", "the same key twice"),
    ],
)
def test_a_bad_file_is_refused_without_showing_it(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(BadUsersFile, match=message):
        read_users(file)


def test_an_empty_side_of_the_book_is_no_price() -> None:
    assert quote_of({"b": "1.0", "a": "2.0"}) == Quote(D(1), D(2))
    assert quote_of({"b": "0.00000000", "a": "2.0"}) is None
    assert quote_of({"result": None, "id": 1}) is None


def test_a_subscription_that_ends_ends_the_socket() -> None:
    assert event_of({"id": 1, "status": 200}) is None
    assert event_of({"subscriptionId": 0, "event": {"e": "listStatus"}}) == {"e": "listStatus"}
    with pytest.raises(SubscriptionEnded):
        event_of({"subscriptionId": 0, "event": {"e": "eventStreamTerminated"}})


def test_sockets_are_found_below_the_base_address() -> None:
    urls = Urls.below("https://example.com/binance/")
    assert urls.ws_api == "wss://example.com/binance/ws-api/v3"
    assert price_url(urls.streams, "BTCUSDT") == "wss://example.com/binance/ws/btcusdt@bookTicker"
    assert is_local("ws://127.0.0.1:8080/ws") and not is_local(urls.streams)


def test_the_command_line_makes_the_plan() -> None:
    words = ["--users", "k.json", "--token", "eth", "--target-volume", "500"]
    options = parser().parse_args([*words, "--price-offset", "0.1%", "--move-max", "0.02"])
    plan = plan_of(options)
    assert plan.symbol == "ETHUSDT"
    assert [plan.target_volume, plan.order_size] == [500, 100]
    assert plan.price_offset == D("0.001")
    assert plan.move_max == D("0.02")
    assert urls_of(options).streams == "ws://127.0.0.1:8080"


@pytest.mark.parametrize("volume", ["0", "-1", "NaN", "many"])
def test_a_senseless_amount_is_refused(volume: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--users", "k.json", "--target-volume", volume])
    assert "--target-volume" in capsys.readouterr().err


def test_the_summary_says_what_people_ask_for() -> None:
    assert (percentile([], 0.5), percentile([3, 1, 2], 0.5), percentile([1, 2], 0.95)) == (0, 2, 2)
    assert (share_within([], 1), share_within([1, 3], 2)) == (1, 0.5)
    total = Summary(users=2, reached=2, volume=D("1234.50"), latencies_ms=[1, 2, 3])
    text = "\n".join(total.lines("USDT"))
    assert "1234.5 USDT" in text
    assert "p50 2.0 ms, p95 3.0 ms" in text
    assert total.is_good
    total.failed.append("ann: gone")
    assert not total.is_good


async def test_the_outcome_of_a_request_is_sorted_by_what_may_have_happened() -> None:
    answers = {
        "/refused": httpx.Response(400, json={"code": -2010, "msg": "no"}),
        "/broken": httpx.Response(500, json={"code": -1000, "msg": "?"}),
        "/slow": httpx.Response(408, json={"code": -1007, "msg": "Timeout waiting"}),
        "/page": httpx.Response(502, text="<html>"),
    }
    transport = httpx.MockTransport(lambda request: answers[request.url.path])
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as http:
        account = Account(Exchange(http), Credentials("ann", "k", "s"))
        with pytest.raises(ApiRefusal, match="-2010 no"):
            await account.call("POST", "/refused")
        for path in ("/broken", "/slow", "/page"):
            with pytest.raises(OutcomeUnclear):
                await account.call("POST", path)


async def test_a_limited_request_waits_and_is_signed_again() -> None:
    stamps: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        stamps.append(request.url.params["signature"])
        if len(stamps) == 1:
            return httpx.Response(429, headers={"Retry-After": "0"}, json={"code": -1003})
        return httpx.Response(200, json={"fine": True})

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as http:
        account = Account(Exchange(http), Credentials("ann", "k", "s"))
        assert await account.call("GET", "/limited") == {"fine": True}
    assert len(stamps) == 2

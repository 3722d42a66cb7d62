"""What MEXC tells an account of itself and its money: status, coins, deposits, withdrawals and
transfers."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from hypersim.account.user import FeeRates
from hypersim.trading.account_commands import EndWithdrawal, SetFeeRates, Withdraw
from tests.support.dialects.stand import ALICE, BOB, READER
from tests.support.mexc_desk import Desk, desk_of

WITHDRAWN = {"coin": "USDT", "netWork": "TRX", "address": "T1", "amount": "100"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of() as running:
        yield running


async def free(desk: Desk, asset: str = "USDT") -> Decimal:
    return (await desk.stand.holdings(ALICE))[asset][0]


async def test_an_account_has_a_number_a_status_and_symbols(desk: Desk) -> None:
    assert await desk.done("GET", "uid") == {"uid": "1"}
    assert await desk.done("GET", "uid", trader=BOB) == {"uid": "2"}
    assert await desk.done("GET", "kyc/status") == {"status": "3"}
    assert "BTCUSDT" in (await desk.done("GET", "selfSymbols"))["data"]
    assert (await desk.done("GET", "strategy/group"))["data"] == []
    assert await desk.code("POST", "strategy/group", tradeGroupName="one") == 26


async def test_fees_are_told_as_numbers_the_accounts_own_before_the_symbols(desk: Desk) -> None:
    told = await desk.done("GET", "tradeFee", symbol="BTCUSDT")
    instrument = desk.stand.exchange.engine.view.instruments["BTC/USDT"]
    assert told["data"]["takerCommission"] == instrument.taker_fee_rate
    from_now_on = FeeRates(Decimal("0.0001"), Decimal("0.0006"))
    await desk.stand.exchange.done(SetFeeRates(1, from_now_on))
    told = await desk.done("GET", "tradeFee", symbol="BTCUSDT")
    assert told["data"] == {
        "makerCommission": Decimal("0.0001"),
        "takerCommission": Decimal("0.0006"),
    }
    assert await desk.code("GET", "tradeFee") == 700004


async def test_the_deduction_of_fees_is_what_was_set_last(desk: Desk) -> None:
    for wanted in (False, True):
        word = str(wanted).lower()
        told = await desk.done("POST", "mxDeduct/enable", mxDeductEnable=word)
        assert told["data"] == {"mxDeductEnable": wanted}
        assert (await desk.done("GET", "mxDeduct/enable"))["data"] == {"mxDeductEnable": wanted}
    assert await desk.code("POST", "mxDeduct/enable") == 700004


async def test_a_network_is_found_by_either_of_its_words(desk: Desk) -> None:
    coins = {one["coin"]: one for one in await desk.done("GET", "capital/config/getall")}
    first = coins["USDT"]["networkList"][0]
    assert (first["netWork"], first["network"]) == ("TRX", "Tron(TRC20)")
    assert (first["withdrawFee"], first["withdrawMin"]) == ("1", "5")
    everywhere = await desk.done("GET", "capital/deposit/address", coin="USDT")
    assert len(everywhere) == len(coins["USDT"]["networkList"])
    for word in ("TRX", "Tron(TRC20)"):
        (one,) = await desk.done("GET", "capital/deposit/address", coin="USDT", network=word)
        assert one == everywhere[0]
        made = await desk.done("POST", "capital/deposit/address", coin="USDT", network=word)
        assert made == one
    assert await desk.code("GET", "capital/deposit/address", coin="USDT", network="X") == 33333
    assert await desk.code("GET", "capital/deposit/address", coin="NOPE") == 10232


async def test_deposits_are_there_latest_first(desk: Desk) -> None:
    rows = await desk.done("GET", "capital/deposit/hisrec")
    assert {row["coin"]: row["amount"] for row in rows} == {"USDT": "1000000", "BTC": "100"}
    (row,) = await desk.done("GET", "capital/deposit/hisrec", coin="USDT-TRX", status=5)
    assert (row["coin"], row["status"], row["netWork"]) == ("USDT", 5, "TRX")
    assert await desk.done("GET", "capital/deposit/hisrec", status=4) == []
    await desk.stand.pass_time(8 * 86_400_000)
    assert await desk.done("GET", "capital/deposit/hisrec") == []


async def test_a_withdrawal_takes_its_amount_and_succeeds(desk: Desk) -> None:
    before = await free(desk)
    asked = await desk.done("POST", "capital/withdraw", **WITHDRAWN)
    assert await free(desk) == before - 100
    (row,) = await desk.done("GET", "capital/withdraw/history", coin="USDT")
    assert (row["id"], row["status"], row["amount"]) == (asked["id"], 4, "100")
    assert (row["transactionFee"], row["netWork"], row["transHash"]) == ("1", "TRX", None)
    await desk.stand.exchange.done(EndWithdrawal(1, is_rejected=False))
    (row,) = await desk.done("GET", "capital/withdraw/history", status=7)
    assert row["transHash"] == asked["id"]
    assert await desk.done("GET", "capital/withdraw/history", status=4) == []


async def test_what_the_operator_took_is_among_the_withdrawals(desk: Desk) -> None:
    await desk.done("POST", "capital/withdraw", **WITHDRAWN)
    await desk.stand.pass_time(1_000)
    await desk.stand.exchange.done(Withdraw(1, "USDT", Decimal(3)))
    rows = await desk.done("GET", "capital/withdraw/history")
    assert [(row["amount"], row["status"]) for row in rows] == [("3", 7), ("100", 4)]
    assert await desk.done("GET", "capital/withdraw/history", status=7) == rows[:1]
    assert await desk.done("GET", "capital/withdraw/history", limit=1) == rows[:1]
    assert await desk.done("GET", "capital/withdraw/history", coin="BTC") == []


async def test_a_withdrawal_is_taken_back_by_its_owner_only_and_once(desk: Desk) -> None:
    before = await free(desk)
    asked = await desk.done("POST", "capital/withdraw", **WITHDRAWN)
    assert await desk.code("DELETE", "capital/withdraw", trader=BOB, id=asked["id"]) == 22222
    assert await desk.done("DELETE", "capital/withdraw", id=asked["id"]) == asked
    assert await free(desk) == before
    assert await desk.code("DELETE", "capital/withdraw", id=asked["id"]) == 22222


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"coin": "NOPE"}, 10232),
        ({"netWork": "NOPE"}, 33333),
        ({"amount": "4"}, 30002),
        ({"amount": "0"}, 33333),
        ({"amount": "10.0000000001"}, 10096),
        ({"amount": "99999999"}, 10101),
        ({"address": "T" * 201}, 700008),
        ({"memo": "\n"}, 700008),
        ({"amount": ""}, 700004),
    ],
)
async def test_a_withdrawal_that_cannot_be_is_refused(
    desk: Desk, wish: dict[str, str], code: int
) -> None:
    before = await free(desk)
    assert await desk.code("POST", "capital/withdraw", **(WITHDRAWN | wish)) == code
    assert await free(desk) == before


async def test_who_may_only_read_moves_nothing(desk: Desk) -> None:
    for method, path in [
        ("POST", "capital/withdraw"),
        ("DELETE", "capital/withdraw"),
        ("POST", "capital/transfer"),
        ("POST", "capital/convert"),
        ("POST", "mxDeduct/enable"),
    ]:
        assert await desk.code(method, path, trader=READER) == 700007


async def test_a_transfer_leaves_the_spot_wallet_and_comes_back(desk: Desk) -> None:
    before, there = await free(desk), {"fromAccountType": "SPOT", "toAccountType": "FUTURES"}
    back = {"fromAccountType": "FUTURES", "toAccountType": "SPOT"}
    moved = await desk.done("POST", "capital/transfer", asset="USDT", amount="7.5", **there)
    assert await free(desk) == before - Decimal("7.5")
    found = await desk.done("GET", "capital/transfer", **there)
    assert (found["total"], found["rows"][0]["tranId"]) == (1, moved["tranId"])
    assert found["rows"][0]["amount"] == "7.5"
    assert await desk.done("GET", "capital/transfer", **back) == {"rows": [], "total": 0}
    one = await desk.done("GET", "capital/transfer/tranId", tranId=moved["tranId"])
    assert one == found["rows"][0]
    query = {"transact_id": moved["tranId"]}
    record = (await desk.done("GET", "asset/internal/transfer/record", **query))["data"]
    assert (record["from"], record["to"], record["amount"]) == ("MAIN", "CONTRACT", "7.5")
    assert await desk.code("POST", "capital/transfer", asset="USDT", amount="8", **back) == 10101
    await desk.done("POST", "capital/transfer", asset="USDT", amount="7.5", **back)
    assert await free(desk) == before


async def test_a_transfer_that_cannot_be_is_refused(desk: Desk) -> None:
    there = {"fromAccountType": "SPOT", "toAccountType": "FUTURES", "asset": "USDT"}
    for wish, code in [
        ({"toAccountType": "funding", "amount": "1"}, 10103),
        ({"asset": "NOPE", "amount": "1"}, 10232),
        ({"amount": "0.0000000001"}, 10096),
        ({}, 700004),
    ]:
        assert await desk.code("POST", "capital/transfer", **(there | wish)) == code
    assert await desk.code("GET", "capital/transfer/tranId", tranId="0" * 32) == 22222


async def test_nothing_is_converted_or_sent_to_others(desk: Desk) -> None:
    assert await desk.done("GET", "capital/convert/list") == []
    told = await desk.done("POST", "capital/convert", asset="BTC,USDT")
    assert [one["asset"] for one in told["failedList"]] == ["BTC", "USDT"]
    for path in ("capital/convert", "capital/transfer/internal", "capital/withdraw/address"):
        assert await desk.done("GET", path) == {
            "data": [],
            "totalRecords": 0,
            "page": 1,
            "totalPageNum": 0,
        }
    wish = {"toAccountType": "UID", "toAccount": "2", "asset": "USDT", "amount": "1"}
    assert await desk.code("POST", "capital/transfer/internal", **wish) == 10206

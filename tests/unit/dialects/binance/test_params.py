"""Strict reading of parameters: what is taken, and the code of what is not."""

from decimal import Decimal

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.errors.parameters import invalid_side
from hypersim.dialects.binance.params.reading import Params, takes
from hypersim.dialects.binance.params.values import INTEGER_MAX


def refused(code: int) -> pytest.RaisesExc[BinanceError]:
    return pytest.RaisesExc(BinanceError, check=lambda error: error.code == code)


def test_a_parameter_is_read_once() -> None:
    params = Params({"a": "1"})
    assert "a" in params
    assert params.peek("a") == "1"
    assert params.take("a") == "1"
    assert params.take("a") is None
    params.done()


def test_what_is_missing_or_empty_is_told_apart() -> None:
    assert Params({}).take("a") is None
    with refused(-1105):
        Params({"a": ""}).take("a")
    with refused(-1105):
        Params({"a": ""}).need("a")
    with refused(-1102):
        Params({}).need("a")


def test_what_nobody_read_is_refused() -> None:
    params = Params({"symbol": "BTCUSDT", "foo": "1", "bar": "2"})
    params.symbol()
    with pytest.raises(BinanceError, match=r"read '1' parameter\(s\) but was sent '3'") as caught:
        params.done()
    assert caught.value.code == -1104
    with pytest.raises(BinanceError, match="expected '0' and received '1'") as caught:
        Params({"foo": "1"}).done()
    assert caught.value.code == -1101
    Params({"foo": "1"}, is_lenient=True).done()


def test_what_is_not_known_is_refused_before_what_is_missing_or_bad() -> None:
    known = takes("symbol side timeInForce")
    sent = {"symbol": "?", "side": "", "timeInforce": "GTC"}
    with pytest.raises(BinanceError, match=r"read '2' parameter\(s\) but was sent '3'") as caught:
        Params(sent).expect(known)
    assert caught.value.code == -1104
    with refused(-1102):
        Params({"side": "", "timeInforce": "GTC"}).expect(known)
    with refused(-1104):
        Params({"timeInforce": "GTC"}).expect(takes("symbol? side"))
    Params({"symbol": "?", "side": ""}).expect(known)
    Params(sent, is_lenient=True).expect(known)


@pytest.mark.parametrize("text", ["BTCUSDT", "A" * 50, "BTC\u0661", "\u5e01\u5b89USDT", "A-B_C.D"])
def test_what_can_be_a_symbol_may_be_unknown(text: str) -> None:
    assert Params({"symbol": text}).symbol() == text
    assert Params({"symbols": f'["{text}"]'}).symbols() == [text]


@pytest.mark.parametrize("text", ["btcusdt", "BTC/USDT", "", "A" * 51, "BTC USDT", "BTC\u00d7"])
def test_what_cannot_be_a_symbol_is_refused(text: str) -> None:
    with refused(-1105 if not text else -1100):
        Params({"symbol": text}).symbol()


def test_symbols_are_a_strict_list() -> None:
    assert Params({"symbols": '["BTCUSDT","ETHUSDT"]'}).symbols() == ["BTCUSDT", "ETHUSDT"]
    assert Params({}).symbols() is None
    for text in ("BTCUSDT", '["BTCUSDT", "ETHUSDT"]', '["btcusdt"]', "[1]", "["):
        with refused(-1100):
            Params({"symbols": text}).symbols()
    with refused(-1151):
        Params({"symbols": '["BTCUSDT","BTCUSDT"]'}).symbols()
    with refused(-1105):
        Params({"symbols": "[]"}).symbols()


def test_names_are_one_word_or_a_list() -> None:
    assert Params({"permissions": "SPOT"}).names("permissions") == ["SPOT"]
    assert Params({"permissions": '["SPOT","MARGIN"]'}).names("permissions") == ["SPOT", "MARGIN"]
    with refused(-1100):
        Params({"permissions": "spot"}).names("permissions")


@pytest.mark.parametrize("text", ["-1", "1.0", "x", " 1", "1_0", "\u0663", "1" * 21, "0x1"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with refused(-1100):
        Params({"n": text}).integer("n")


def test_whole_numbers_have_bounds() -> None:
    assert Params({"n": "7"}).need_integer("n", 7, 7) == 7
    assert Params({"n": str(INTEGER_MAX)}).integer("n") == INTEGER_MAX
    with refused(-1108):
        Params({"n": str(INTEGER_MAX + 1)}).integer("n")
    for text in ("6", "8"):
        with refused(-1130):
            Params({"n": text}).integer("n", 7, 7)


def test_a_limit_above_the_most_is_cut_to_it() -> None:
    assert Params({}).limit(500, 1000) == 500
    assert Params({"limit": "12000"}).limit(500, 1000) == 1000
    with refused(-1130):
        Params({"limit": "0"}).limit(500, 1000)


def test_times_are_in_milliseconds_or_microseconds() -> None:
    assert Params({"t": "1700000000123"}).time_ms("t") == 1_700_000_000_123
    assert Params({"t": "1700000000123456"}).time_ms("t") == 1_700_000_000_123
    assert Params({"t": "0"}).time_ms("t") == 0


def test_decimals_are_exact() -> None:
    assert Params({"q": "0.10000000"}).need_decimal("q") == Decimal("0.1")
    assert Params({"q": "0.100000000"}).decimal("q") == Decimal("0.1")
    assert Params({"q": "92233720368.54775807"}).decimal("q") == Decimal("92233720368.54775807")
    for text in ("92233720368.54775808", "99999999999999999999"):
        with refused(-1108):
            Params({"q": text}).decimal("q")
    assert Params({}).decimal("q") is None


@pytest.mark.parametrize("text", ["-1", "+1", "1e3", "NaN", "Infinity", ".5", "5.", "1,0", "٣"])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with refused(-1100):
        Params({"q": text}).decimal("q")


def test_a_decimal_may_be_too_precise() -> None:
    with refused(-1111):
        Params({"q": "0.000000001"}).decimal("q")
    with refused(-1111):
        Params({"q": "0.01"}).decimal("q", 1)


def test_booleans_come_in_any_case() -> None:
    for text, value in (("true", True), ("False", False), ("TRUE", True)):
        assert Params({"b": text}).boolean("b") is value
    assert Params({}).boolean("b") is None
    with refused(-1130):
        Params({"b": "1"}).boolean("b")


def test_words_are_known_or_refused() -> None:
    known = {"BUY": 1, "SELL": 2}
    assert Params({"side": "BUY"}).choice("side", known) == 1
    assert Params({}).choice("side", known) is None
    with refused(-1130):
        Params({"side": "buy"}).choice("side", known)
    with refused(-1117):
        Params({"side": "buy"}).need_choice("side", known, invalid_side)
    with refused(-1102):
        Params({}).need_choice("side", known)


def test_parameters_can_be_dropped_unread() -> None:
    params = Params({"a": "", "b": "1"})
    params.drop("a", "b", "c")
    params.done()

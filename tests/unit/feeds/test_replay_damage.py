"""Recordings that are damaged, made to do damage, or kept twice: one clear line, or played once."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hypersim.feeds.replay import tables
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.events import CandleClosed, QuoteUpdated, TradePrinted
from hypersim.service.feed import FeedUnavailable
from tests.support.recordings import T0, kline, of, played, saved, trade, zipped

CANDLES = [kline(n, f"{100 + n} {103 + n} {99 + n} {101 + n} 8") for n in range(400)]
TRADES = [trade(n, T0 + n, "100") for n in range(400)]


async def complaint_about(path: Path) -> str:
    with pytest.raises(FeedUnavailable) as caught:
        await played(path)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


def with_bytes(path: Path, change: Callable[[bytearray], None]) -> Path:
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)
    return path


def scramble_data(content: bytearray) -> None:
    content[100:140] = b"\xff" * 40


def forge_checksum(content: bytearray) -> None:
    """The sum stands in the local header and, which counts, in the directory at the end."""
    for signature, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        place = content.index(signature) + offset
        content[place] ^= 0xFF


def cut_in_half(content: bytearray) -> None:
    del content[len(content) // 2 :]


def mark_encrypted(content: bytearray) -> None:
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1


def name_an_unknown_method(content: bytearray) -> None:
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = content.index(signature) + offset
        content[place : place + 2] = struct.pack("<H", 99)


@pytest.mark.parametrize("rows", [CANDLES, TRADES], ids=["klines", "trades"])
@pytest.mark.parametrize(
    "damage",
    [scramble_data, forge_checksum, cut_in_half, mark_encrypted, name_an_unknown_method],
)
async def test_a_damaged_zip_is_one_line_with_its_name(
    tmp_path: Path, rows: list[str], damage: Callable[[bytearray], None]
) -> None:
    file = with_bytes(zipped(tmp_path / "BTCUSDT-x.zip", *rows), damage)
    assert "BTCUSDT-x.zip" in await complaint_about(file)


async def test_a_zip_without_a_table_is_refused_by_name(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", *CANDLES)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "BTCUSDT-1m.zip")
    inner.unlink()
    saved(tmp_path / "BTCUSDT-1m.csv", *CANDLES)
    assert "outer.zip holds no CSV file" in await complaint_about(tmp_path)


async def test_a_zip_that_unpacks_to_what_no_recording_does_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PACKED_FREELY_BYTES", 100_000)
    file = zipped(tmp_path / "bomb.zip", "0" * 3_000_000)
    assert "bomb.zip/BTCUSDT-1m.csv unpacks to 3,000,001 bytes" in await complaint_about(file)


async def test_a_row_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = saved(tmp_path / "BTCUSDT-1m.csv", *CANDLES[:1], "1," * 100_000)
    assert "BTCUSDT-1m.csv cannot be read: a row is longer than" in await complaint_about(file)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp500"])
async def test_another_encoding_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "BTCUSDT-1m.csv"
    file.write_bytes("\n".join(CANDLES[:3]).encode(encoding))
    assert "BTCUSDT-1m.csv" in await complaint_about(file)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (kline(2, "1 1 1 1 1", length_ms=5 * MINUTE_MS), "line 3: 1640995320000 is not when"),
        (kline(5, "1 1 1 1 1", length_ms=5 * MINUTE_MS), "line 3: a candle of 5m in a file of 1m"),
        (kline(2, "1 1 1 1 1", length_ms=7), "line 3: candles of an unknown length: 7 ms"),
        (kline(0, "1 1 1 1 1"), "line 3: not in order of time"),
        (kline(1, "1 1 1 1 2"), "line 3: another candle than in BTCUSDT-1m.csv line 2"),
        (kline(2, "1 1 2 1 1"), "line 3: this is no candle"),
        (kline(2, "1 1 1 1 -1"), "line 3: '-1'"),
        (kline(2, "1 1 1 1 1").replace(",7,", ",7_0,"), "line 3: '7_0' is not a whole number"),
        ("1640995320000", "line 3: 1 columns are too few"),
        ("\u0661" + kline(2, "1 1 1 1 1")[1:], "is not a whole number"),
    ],
)
async def test_a_candle_that_does_not_fit_is_named_by_file_and_line(
    tmp_path: Path, row: str, complaint: str
) -> None:
    lines = [kline(0, "1 1 1 1 1"), kline(1, "1 1 1 1 1"), row]
    line = await complaint_about(saved(tmp_path / "BTCUSDT-1m.csv", *lines))
    assert "BTCUSDT-1m.csv" in line
    assert complaint in line


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (trade(2, T0, "5"), "line 3: not in order of time"),
        (trade(1, T0 + 9, "6"), "line 3: another row of this time than in BTCUSDT-t.csv line 2"),
        (trade(2, T0 + 9, "5", maker="maybe"), "line 3: 'maybe' is neither true nor false"),
        (trade(2, T0 + 9, "5", quantity="0"), "line 3: a trade has a price and a quantity"),
        (trade(2, -5, "5"), "line 3: '-5' is not a whole number"),
    ],
)
async def test_a_trade_that_does_not_fit_is_named_by_file_and_line(
    tmp_path: Path, row: str, complaint: str
) -> None:
    lines = [trade(0, T0 + 8, "5"), trade(1, T0 + 9, "5"), row]
    line = await complaint_about(saved(tmp_path / "BTCUSDT-t.csv", *lines))
    assert complaint in line


async def test_the_same_candles_as_csv_and_zip_are_played_once(tmp_path: Path) -> None:
    alone = await played(saved(tmp_path / "BTCUSDT-1m.csv", *CANDLES))
    zipped(tmp_path / "BTCUSDT-1m.zip", *CANDLES)
    assert await played(tmp_path) == alone


async def test_files_that_overlap_and_rows_that_repeat_are_played_once(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1m-a.csv", *CANDLES[:200])
    saved(tmp_path / "BTCUSDT-1m-b.csv", *CANDLES[50:100], CANDLES[100], *CANDLES[100:300])
    saved(tmp_path / "BTCUSDT-1m-c.csv", *CANDLES[250:])
    closed = of(CandleClosed, await played(tmp_path))
    assert [one.candle.open_ms for one in closed] == [T0 + n * MINUTE_MS for n in range(400)]
    assert {one.interval for one in closed} == {Interval.M1}


async def test_trades_and_quotes_kept_twice_are_played_once(tmp_path: Path) -> None:
    quotes = [f"{n},100,1,101,1,{T0 + n // 2},0" for n in range(20)]
    trades = [trade(n, T0 + n // 3, "100") for n in range(20)]
    for kind, rows in (("bookTicker", quotes), ("trades", trades)):
        saved(tmp_path / f"BTCUSDT-{kind}-a.csv", *rows[:12])
        saved(tmp_path / f"BTCUSDT-{kind}-b.csv", *rows[5:])
    events = await played(tmp_path)
    assert [one.venue_id for one in of(TradePrinted, events)] == list(range(20))
    times = [one.time_ms for one in of(QuoteUpdated, events)]
    assert len(set(times)) == 10
    assert times == sorted(times)


async def test_files_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    saved(tmp_path / "BTCUSDT-1m-a.csv", *CANDLES[:3])
    saved(tmp_path / "BTCUSDT-1m-b.csv", CANDLES[1], kline(2, "7 7 7 7 7"))
    line = await complaint_about(tmp_path)
    assert "BTCUSDT-1m-b.csv line 2: another candle than in BTCUSDT-1m-a.csv line 3" in line

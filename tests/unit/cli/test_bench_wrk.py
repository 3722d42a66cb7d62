"""wrk: what it is told, and how its output is read."""

import pytest

from hypersim.bench.load import ClientFailed, LoadSpec
from hypersim.bench.wrk import LUA, wrk_command, wrk_result

OUTPUT = """\
Running 1s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  5000 requests in 1.00s, 0.70MB read
{"answers":5000,"duration_us":1000123,"statuses":%d,"broken":%d,"p50_us":610,"p99_us":2100,"longest_us":9000}
"""


def test_the_script_defines_what_wrk_calls() -> None:
    for function in ("init(args)", "request()", "done(summary, latency)"):
        assert f"function {function}\n" in LUA


def test_the_script_prints_every_figure_that_is_read() -> None:
    for key in ("answers", "duration_us", "statuses", "broken", "p50_us", "p99_us", "longest_us"):
        assert f'"{key}":%d' in LUA


def test_the_line_of_figures_ends_with_an_escaped_newline() -> None:
    assert "\\n'," in LUA


def test_the_command_names_script_load_and_requests() -> None:
    spec = LoadSpec("127.0.0.1", 8080, 16, 2.4, "/data/requests")
    command = wrk_command("/usr/bin/wrk", "/data/requests.lua", spec)
    assert command[0] == "/usr/bin/wrk"
    assert {"--connections=16", "--duration=2s", "--script=/data/requests.lua"} <= set(command)
    assert command[-3:] == ["http://127.0.0.1:8080/", "--", "/data/requests"]


def test_figures_are_read_out_of_the_output() -> None:
    result = wrk_result(OUTPUT % (0, 0), connections=16)
    assert (result.answers, result.errors, result.unanswered) == (5000, 0, 16)
    assert (result.p50_us, result.p99_us, result.longest_us) == (610, 2100, 9000)
    assert round(result.per_second) == 4999
    assert result.first_error == ""


@pytest.mark.parametrize(("statuses", "broken"), [(3, 0), (0, 3)])
def test_errors_are_counted_and_explained(statuses: int, broken: int) -> None:
    result = wrk_result(OUTPUT % (statuses, broken), connections=1)
    assert result.errors == 3
    assert result.first_error


def test_output_without_figures_is_an_error_that_shows_it() -> None:
    with pytest.raises(ClientFailed, match="unable to connect"):
        wrk_result("unable to connect to 127.0.0.1:1 Connection refused", connections=1)

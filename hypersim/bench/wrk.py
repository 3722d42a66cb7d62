"""wrk, driven by a Lua script that sends requests made beforehand."""

import msgspec

from hypersim.bench.load import ClientFailed, LoadResult, LoadSpec

LUA = """\
-- wrk loads this in every thread. The requests are in a file of their own, each after a line with
-- its length: as constants of a script, LuaJIT takes no more than 65,536 of them.
local requests, count, position = {}, 0, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local length = file:read("*l")
  while length do
    count = count + 1
    requests[count] = file:read(tonumber(length))
    length = file:read("*l")
  end
  file:close()
end

function request()
  position = position % count + 1
  return requests[position]
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '{"answers":%d,"duration_us":%d,"statuses":%d,"broken":%d,' ..
    '"p50_us":%d,"p99_us":%d,"longest_us":%d}\\n',
    summary.requests, summary.duration, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


class _Summary(msgspec.Struct, frozen=True):
    answers: int
    duration_us: int
    statuses: int
    broken: int
    p50_us: int
    p99_us: int
    longest_us: int


def wrk_command(wrk: str, script: str, spec: LoadSpec) -> list[str]:
    """The command line. wrk knows whole seconds only, and one thread is enough: the server is the
    slower side by far."""
    return [
        wrk,
        "--threads=1",
        f"--connections={spec.connections}",
        f"--duration={max(1, round(spec.seconds))}s",
        "--timeout=10s",
        f"--script={script}",
        f"http://{spec.host}:{spec.port}/",
        "--",
        spec.requests,
    ]


def wrk_result(output: str, connections: int) -> LoadResult:
    """What wrk measured. When the time is over it drops what is under way, up to one request per
    connection. Raises ClientFailed."""
    lines = [line for line in output.splitlines() if line.startswith('{"answers"')]
    if not lines:
        raise ClientFailed(f"wrk printed no figures: {output.strip()[-500:]}")
    summary = msgspec.json.decode(lines[-1], type=_Summary)
    first_error = ""
    if summary.statuses:
        first_error = "an answer of 400 or above; --client own shows the first one"
    elif summary.broken:
        first_error = "a connection broke or timed out; --client own shows more"
    return LoadResult(
        answers=summary.answers,
        seconds=summary.duration_us / 1e6,
        errors=summary.statuses + summary.broken,
        unanswered=connections,
        p50_us=summary.p50_us,
        p99_us=summary.p99_us,
        longest_us=summary.longest_us,
        first_error=first_error,
    )

"""The yardstick: a bare ASGI app that reads a body and answers one, on the exchange's own server.

`python -m hypersim.bench.echo BYTES` answers every request with that many bytes, prints
`echo ready on http://…` and stops on SIGTERM or Ctrl-C.
"""

import asyncio
import gc
import signal
import sys

import uvloop

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.server import HttpServer, listen


def echo_app(answer_bytes: int) -> AsgiApp:
    """Answers 201 like a placed order, with as many bytes."""
    body = b" " * answer_bytes
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(answer_bytes).encode()),
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def serve(answer_bytes: int) -> None:
    """Serve on a free port of the loopback until a signal."""
    server = HttpServer(echo_app(answer_bytes), listen("127.0.0.1", 0, "--port"))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    serving = asyncio.ensure_future(server.run_until_stopped())
    await server.has_started.wait()
    # As the exchange does, so that the collector costs neither of them much.
    gc.collect()
    gc.freeze()
    host, port = server.address
    print(f"echo ready on http://{host}:{port}", flush=True)
    await serving


def main() -> None:
    """The child process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()

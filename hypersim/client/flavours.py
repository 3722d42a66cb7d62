"""The unified methods on CCXT's two bases: one that blocks, one for asyncio."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ccxt.async_support.base.exchange import Exchange as AsyncExchange
from ccxt.base.exchange import Exchange

from hypersim.client.order_methods import OrderMethods
from hypersim.client.steps import Flow, LoadMarkets

C = TypeVar("C", bound=type)
Method = Callable[..., Any]


def blocking(flow: Callable[..., Flow[Any]]) -> Method:
    """The flow as a method that returns when it is through."""

    @functools.wraps(flow)
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        steps = flow(self, *arguments, **named)
        answer = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                return end.value
            if isinstance(step, LoadMarkets):
                answer = self.load_markets()
            else:
                answer = self.request(step.path, step.api, step.method, step.params)

    return method


def awaitable(flow: Callable[..., Flow[Any]]) -> Method:
    """The flow as a coroutine method."""

    @functools.wraps(flow)
    async def method(self: Any, *arguments: Any, **named: Any) -> Any:
        steps = flow(self, *arguments, **named)
        answer = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                return end.value
            if isinstance(step, LoadMarkets):
                answer = await self.load_markets()
            else:
                answer = await self.request(step.path, step.api, step.method, step.params)

    return method


def driven_by(drive: Callable[[Callable[..., Flow[Any]]], Method]) -> Callable[[C], C]:
    """Make methods of all flows that the class inherits."""

    def apply(exchange: C) -> C:
        for name, flow in inspect.getmembers(OrderMethods, inspect.isgeneratorfunction):
            if not name.startswith("_"):
                setattr(exchange, name, drive(flow))
        return exchange

    return apply


@driven_by(blocking)
class Hypersim(OrderMethods, Exchange):  # type: ignore[misc]
    """`ccxt.hypersim`"""


@driven_by(awaitable)
class AsyncHypersim(OrderMethods, AsyncExchange):  # type: ignore[misc]
    """`ccxt.async_support.hypersim`"""

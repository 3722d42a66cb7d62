"""The guide's six metrics, for Prometheus to fetch or in a file."""

from decimal import Decimal
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
    write_to_textfile,
)

from scripts.rebalance_bot.application.errors import ExchangeError
from scripts.rebalance_bot.application.rebalancing import Outcome
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.planning import Holdings

SECONDS = (1, 5, 10, 15, 20, 30, 45, 60, 90, 120)


class PrometheusMeters:
    """Counts in a registry of its own; `coin` and `money` are the assets' names."""

    def __init__(self, coin: str, money: str) -> None:
        self.coin = coin
        self.money = money
        self.registry = CollectorRegistry()
        registry = self.registry
        self._runs = Counter(
            "rebalance_execution_total",
            "Number of rebalance executions",
            ["status", "action"],
            registry=registry,
        )
        self._duration = Histogram(
            "rebalance_execution_duration_seconds",
            "Duration of rebalance execution",
            ["action"],
            buckets=SECONDS,
            registry=registry,
        )
        self._fill_rate = Gauge(
            "order_fill_rate", "Order fill rate percentage", ["side"], registry=registry
        )
        self._value = Gauge(
            "position_value_usdt", "Current position value in USDT", ["asset"], registry=registry
        )
        self._cost = Gauge("average_cost_usdt", f"Average cost per {coin}", registry=registry)
        self._errors = Counter(
            "api_errors_total",
            "Number of API errors",
            ["error_code", "endpoint"],
            registry=registry,
        )

    def ended(self, outcome: Outcome, action: str, duration_s: float) -> None:
        """A rebalance is over."""
        self._runs.labels(outcome.value, action).inc()
        self._duration.labels(action).observe(duration_s)

    def filled(self, order: Order) -> None:
        """An order is over."""
        self._fill_rate.labels(order.side.value).set(float(order.fill_rate))

    def holds(self, holdings: Holdings, price: Decimal, average_cost: Decimal) -> None:
        """What there is."""
        self._value.labels(self.coin).set(float(holdings.coin * price))
        self._value.labels(self.money).set(float(holdings.money))
        self._cost.set(float(average_cost))

    def error(self, error: ExchangeError, endpoint: str) -> None:
        """A request failed."""
        self._errors.labels(str(error.code), endpoint).inc()

    def serve(self, port: int) -> None:
        """Answer scrapes on that port of this machine, from a thread. Raises `OSError`."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)

    def write(self, path: Path) -> None:
        """All of it into a file. Raises `OSError`."""
        write_to_textfile(str(path), self.registry)

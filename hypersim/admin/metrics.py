"""Prometheus metrics, read from the engine when somebody asks: nothing is counted for them per
request."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hypersim import __version__, is_compiled
from hypersim.api.services import Services
from hypersim.edge.reasons import EdgeReason
from hypersim.service.commit_statistics import Histogram
from hypersim.service.feed import FeedState
from hypersim.service.passwords import LoginOutcome
from hypersim.service.record import TablesProgress


def build_registry(services: Services, tables: TablesProgress) -> CollectorRegistry:
    """The exchange's metrics and those of its process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ExchangeCollector(services, tables))
    ProcessCollector(registry=registry)
    return registry


_BUILD = {"version": __version__, "modules": "compiled" if is_compiled() else "plain"}


class ExchangeCollector(Collector):
    """No metric tells about one account."""

    def __init__(self, services: Services, tables: TablesProgress) -> None:
        self._services = services
        self._tables = tables

    def collect(self) -> Iterator[Metric]:
        """Called by the registry for each scrape."""
        yield InfoMetricFamily("hypersim_build", "What is running", _BUILD)
        yield from self._totals()
        yield from self._logins()
        yield from self._commits()
        yield from self._gauges()
        yield from self._record()
        yield from self._markets()
        yield from self._edge()
        yield from self._traffic()

    def _totals(self) -> Iterator[Metric]:
        counters = self._services.engine.view.counters
        for name, text, value in (
            ("hypersim_events", "Events that changed the record", counters.seq),
            ("hypersim_orders", "Orders accepted", counters.order_id),
            ("hypersim_fills", "Trades of users' orders", counters.trade_id),
            ("hypersim_ledger_entries", "Entries in the ledger", counters.ledger_seq),
        ):
            yield CounterMetricFamily(name, text, value)

    def _logins(self) -> Iterator[Metric]:
        logins = CounterMetricFamily(
            "hypersim_logins", "Logins since the start, by what became of them", labels=["outcome"]
        )
        for outcome in LoginOutcome:
            logins.add_metric([outcome.value], self._services.passwords.outcomes[outcome])
        yield logins

    def _commits(self) -> Iterator[Metric]:
        statistics = self._services.engine.commit_statistics
        yield CounterMetricFamily(
            "hypersim_commits", "Batches committed since the start", statistics.commits
        )
        yield CounterMetricFamily(
            "hypersim_committed_events", "Events in those batches", statistics.events
        )
        yield _histogram(
            "hypersim_commit_seconds", "Time until a batch was durable", statistics.latency_s
        )
        yield _histogram(
            "hypersim_commit_events", "Events in one commit", statistics.events_per_commit
        )

    def _gauges(self) -> Iterator[Metric]:
        engine = self._services.engine
        view = engine.view
        for name, text, value in (
            ("hypersim_backlog_events", "Events applied but not yet durable", engine.backlog),
            ("hypersim_open_orders", "Orders open now", view.count_open_orders()),
            ("hypersim_users", "Users", len(view.users)),
            ("hypersim_instruments", "Instruments listed", len(view.instruments)),
            (
                "hypersim_record_available",
                "1 while the database can be written",
                int(engine.health.is_available),
            ),
        ):
            yield GaugeMetricFamily(name, text, value)

    def _record(self) -> Iterator[Metric]:
        tables = self._tables
        yield GaugeMetricFamily(
            "hypersim_tables_behind_events",
            "Events in the journal that the tables do not show",
            tables.events_behind,
        )
        yield GaugeMetricFamily(
            "hypersim_tables_behind_seconds", "Age of the oldest of them", tables.behind_s
        )
        yield CounterMetricFamily(
            "hypersim_projector_restarts", "Times that it was started again", tables.restarts
        )
        yield InfoMetricFamily(
            "hypersim_projector", "What brings the tables up to the journal", {"form": tables.form}
        )

    def _markets(self) -> Iterator[Metric]:
        status = self._services.feed.status()
        feed = StateSetMetricFamily(
            "hypersim_feed_state", "How the feed of prices is doing", labels=["feed"]
        )
        feed.add_metric([status.name], {state.value: state is status.state for state in FeedState})
        yield feed
        yield CounterMetricFamily(
            "hypersim_feed_reconnects", "Times that the feed reconnected", status.reconnects
        )
        age = GaugeMetricFamily(
            "hypersim_market_age_seconds", "Time since a market's last event", labels=["symbol"]
        )
        stale = GaugeMetricFamily(
            "hypersim_market_stale", "1 when a market's prices are too old", labels=["symbol"]
        )
        now_ms = self._services.engine.clock.now_ms()
        for data in self._services.engine.view.markets.values():
            stale.add_metric([data.symbol], int(data.is_stale))
            if data.time_ms:
                age.add_metric([data.symbol], max(0, now_ms - data.time_ms) / 1000)
        yield age
        yield stale

    def _traffic(self) -> Iterator[Metric]:
        answered = CounterMetricFamily(
            "hypersim_requests",
            "Requests that were answered, over REST and the WebSocket API",
            labels=["dialect", "endpoint", "status"],
        )
        for (dialect, endpoint, status), count in self._services.traffic.answered.items():
            answered.add_metric([dialect, endpoint, str(status)], count)
        yield answered
        heavy = self._services.markets.heavy
        yield GaugeMetricFamily(
            "hypersim_heavy_reads_waiting", "Large reads that wait for their turn", heavy.waiting
        )
        yield CounterMetricFamily(
            "hypersim_heavy_reads_refused", "Large reads that found the queue full", heavy.refused
        )

    def _edge(self) -> Iterator[Metric]:
        edge = self._services.edge
        yield GaugeMetricFamily("hypersim_connections", "Connections open now", edge.connections)
        refusals = CounterMetricFamily(
            "hypersim_edge_refusals",
            "Requests and connections that were sent away before any API saw them",
            labels=["reason"],
        )
        for reason in EdgeReason:
            refusals.add_metric([reason.value], edge.counts[reason])
        yield refusals


def _histogram(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, list(_cumulated(histogram)), histogram.total)


def _cumulated(histogram: Histogram) -> Iterable[tuple[str, float]]:
    """(upper bound, how many values are not above it)"""
    so_far = 0
    bounds = [*map(str, map(float, histogram.bounds)), "+Inf"]
    for bound, count in zip(bounds, histogram.counts, strict=True):
        so_far += count
        yield bound, so_far

"""Readiness and measurements; both are read from the store, so that every process says the same."""

from collections.abc import Iterator

from apiflask import APIFlask
from flask import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from dashboard.api.answers import answer, make_blueprint
from dashboard.guard import Guard
from dashboard.services import Services
from hub.health import Doctor, Health

LIGHTS = ("green", "amber", "red")


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The routes and their scope; /health itself is public and lies beside the door."""
    blueprint = make_blueprint("health")
    doctor = Doctor(services.store, services.live.snapshot)
    registry = CollectorRegistry()
    registry.register(Measurements(services, doctor))

    @blueprint.get("/health/ready", endpoint="ready")
    def ready() -> Response:
        health = doctor.look()
        return answer(describe_health(health), 200 if health.ready else 503)

    @blueprint.get("/metrics", endpoint="metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    server.register_blueprint(blueprint)
    for endpoint in ("ready", "metrics"):
        guard.open_api(f"health.{endpoint}", "metrics")


def describe_health(health: Health) -> dict[str, object]:
    """Health as JSON values."""
    return {
        "ready": health.ready,
        "store": health.store,
        "worker": health.worker,
        "worker_seen_seconds_ago": health.worker_age,
        "lag_seconds": health.lag,
        "events_received": health.received,
    }


class Measurements:
    """What Prometheus collects at each visit."""

    def __init__(self, services: Services, doctor: Doctor) -> None:
        self.services, self.doctor = services, doctor

    def describe(self) -> list[Metric]:
        """Nothing is collected before the first visit."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Health first; the rest where the store answers."""
        health = self.doctor.look()
        yield GaugeMetricFamily("twin_ready", "1: store and worker are well", value=float(health.ready))
        yield GaugeMetricFamily("twin_store_up", "1: the store answers", value=float(health.store))
        yield GaugeMetricFamily("twin_lag_seconds", "How far screens are behind", value=health.lag)
        if health.worker_age is not None:
            yield GaugeMetricFamily(
                "twin_worker_seen_seconds", "Since the worker was seen", value=health.worker_age
            )
        if health.store:
            yield GaugeMetricFamily(
                "twin_events_numbered", "Events numbered so far", value=float(health.received)
            )
            yield from self._count_cases()
            yield self._count_calls()

    def _count_cases(self) -> Iterator[Metric]:
        now = self.services.live.snapshot()
        cases = GaugeMetricFamily(
            "twin_cases_in_hand", "Open cases by stage and light", labels=["stage", "light", "origin"]
        )
        for stage in now.stages:
            for light in LIGHTS:
                cases.add_metric([stage.state, light, now.origin], float(getattr(stage, light)))
        yield cases
        yield GaugeMetricFamily("twin_cases_outside", "Open cases in no grid", value=float(now.outside))

    def _count_calls(self) -> Metric:
        calls = GaugeMetricFamily(
            "twin_api_calls_last_minute", "Calls taken from each key's last whole minute", labels=["key"]
        )
        for subject, count in sorted(self.doctor.rates.count().items()):
            calls.add_metric([subject], float(count))
        return calls

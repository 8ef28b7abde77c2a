"""The interface for other systems: events in, cases and figures out, Open311, health and measurements."""

from apiflask import APIFlask

from dashboard.api import docs, drops, events, health, open311, reads
from dashboard.api.access import KeyDoor
from dashboard.guard import Guard
from dashboard.services import Services


def add_api(server: APIFlask, guard: Guard, services: Services) -> None:
    """Put every route of the API on the server, each with the scope that opens it."""
    guard.check_key = KeyDoor(services).check
    for module in (events, drops, reads, open311, health, docs):
        module.add(server, guard, services)

"""A clock set by hand, and people of three tiers, for the tests of the hub's books."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.books.acts import Actor
from hub.scopes import Scope
from twin.district import District

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """A local moment of 2026, written MM-DD HH:MM, in UTC."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


class Hand:
    """A clock that is set by hand."""

    def __init__(self, text: str) -> None:
        self.moment = at(text)

    def __call__(self) -> datetime:
        """The moment."""
        return self.moment

    def set(self, text: str) -> None:
        """Another moment."""
        self.moment = at(text)


class People:
    """Leaders, a dispatcher, two townships and a village of the first one."""

    def __init__(self, district: District) -> None:
        units = district.units
        self.office, self.other = units.loc[units["kind"] == "office", "code"].tolist()[:2]
        below = units["tier"].eq("village") & units["parent"].eq(self.office)
        self.village = units.loc[below, "code"].iloc[0]
        self.hub = units.loc[units["kind"] == "hub", "code"].iloc[0]
        whole = Scope(district)
        self.leader, self.second = Actor("leader", whole, "zhao"), Actor("leader", whole, "qian")
        self.dispatcher = Actor("dispatcher", whole, "desk")
        self.township = Actor("township", Scope(district, self.office), "office")
        self.neighbour = Actor("township", Scope(district, self.other), "neighbour")
        self.committee = Actor("village", Scope(district, self.village), "committee")

"""Who is asking, as the hub's books know it; names of units, roles and moments as pages write them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.guard import current_session
from dashboard.i18n import catalogue, pick, t
from dashboard.services import Services
from hub.books.acts import Actor, Refused
from twin.district import District


def current_actor(services: Services) -> Actor:
    """The session of this request as an actor; hub.scopes.UnknownScope where its unit is gone."""
    session = current_session()
    return Actor(session.role, services.scope(session.scope), session.account)


class Words:
    """Names of a district's units, areas and matters in one language, and its local time."""

    def __init__(self, district: District, lang: str) -> None:
        self.lang, self.zone = lang, ZoneInfo(district.settings.time_zone)
        units, areas, matters = district.units, district.areas, district.matters
        self.units = _name(units["code"], units["name"], units["name_en"], lang)
        self.areas = _name(areas["code"], areas["name"], areas["name_en"], lang)
        self.matters = _name(matters["matter"], matters["matter_name"], matters["matter_name_en"], lang)
        self.hubs = set(units.loc[units["kind"] == "hub", "code"])

    def unit(self, code: str) -> str:
        """A unit's name; its code where the district has no such unit."""
        return self.units.get(code, code)

    def moment(self, moment: datetime) -> str:
        """9-16 10:24, local."""
        local = moment.astimezone(self.zone)
        return f"{local.month}-{local:%d %H:%M}"

    def clock(self, moment: datetime) -> str:
        """10:24, local."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def post(self, role: str) -> str:
        """The name of a post's role."""
        return catalogue(self.lang).get(f"roles.{role}", role)

    def who(self, role: str, unit: str) -> str:
        """Role and unit of whoever acted; the district's own need no unit."""
        name = catalogue(self.lang).get(f"orders.role_{role}", role)
        return f"{self.unit(unit)} · {name}" if unit else name


def tell_refusal(page: str, refusal: Refused, lang: str) -> html.Span:
    """Why an act was not done, as a badge and a sentence."""
    badge = html.Span(f"◆ {t(f'{page}.refused', lang)}", className="badge r")
    return html.Span([badge, " ", t(f"{page}.why_{refusal.why}", lang, **refusal.values)])


def collect_fields(values: Any, ids: Any) -> dict[str, Any]:
    """Name -> value of the controls of a form."""
    pairs = zip(ids, values, strict=False) if isinstance(ids, list) and isinstance(values, list) else ()
    return {str(key["name"]): value for key, value in pairs if isinstance(key, Mapping) and "name" in key}


def find_pressed(trigger: Any, clicks: Any) -> Mapping[str, Any] | None:
    """The id of the button that was pressed; None where the buttons were only drawn anew."""
    pressed = isinstance(clicks, list) and any(isinstance(n, int) and n > 0 for n in clicks)
    return trigger if pressed and isinstance(trigger, Mapping) else None


def _name(codes: Any, chinese: Any, english: Any, lang: str) -> dict[str, str]:
    return {
        code: pick(lang, zh, en)
        for code, zh, en in zip(codes.astype(str), chinese.astype(str), english.astype(str), strict=True)
    }

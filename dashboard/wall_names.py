"""Names of places, matters and units on the wall, in one language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.i18n import catalogue, pick, t
from dashboard.maps import shorten_name
from twin.district import District


class Names:
    """Names of places, matters and units of one district in one language."""

    def __init__(self, district: District, lang: str) -> None:
        self.lang = lang
        self.zone = ZoneInfo(district.settings.time_zone)
        self.places = _name_column(district.areas, "code", "name", "name_en", lang)
        self.units = _name_column(district.units, "code", "name", "name_en", lang)
        self.matters = _name_column(district.matters, "matter", "matter_name", "matter_name_en", lang)

    def township(self, code: str) -> str:
        """A township's name."""
        return self.places.get(code, t("wall.outside", self.lang))

    def short(self, code: str) -> str:
        """A township's name as on the map."""
        return shorten_name(self.township(code), self.lang)

    def where(self, township: str, village: str) -> str:
        """Township and village as one line of a list."""
        return f"{self.short(township)}·{self.township(village)}"

    def unit(self, code: str) -> str:
        """A body's name; its code where the district does not know it."""
        return self.units.get(code, code)

    def matter(self, code: str) -> str:
        """A matter's name, from the code of a matter or an item."""
        return self.matters.get(code.partition("-")[0], code)

    def channel(self, code: str) -> str:
        """A channel's name, the code where the catalogue has none."""
        return catalogue(self.lang).get(f"wall.channel_{code}", code)

    def role(self, code: str) -> str:
        """A role's name, the code where the catalogue has none."""
        return catalogue(self.lang).get(f"roles.{code}", code)

    def clock(self, moment: datetime, form: str = "%H:%M") -> str:
        """A moment on the district's clock."""
        return f"{moment.astimezone(self.zone):{form}}"


def _name_column(table: Any, code: str, chinese: str, english: str, lang: str) -> Mapping[str, str]:
    rows = table.drop_duplicates(code)
    return {
        str(key): pick(lang, str(zh), "" if en is None or en != en else str(en))  # noqa: PLR0124
        for key, zh, en in zip(rows[code], rows[chinese], rows[english], strict=True)
    }

"""Names of everything that the page's codes stand for, in one language; sent once and kept by the browser."""

from collections.abc import Mapping
from typing import Any

from dashboard.i18n import catalogue, pick, t
from dashboard.maps import shorten_name
from dashboard.wall import Names
from twin.district import District

#: Codes that stand in a case's records, by the prefix of their keys in the catalogue.
KINDS = ("action", "state", "at", "reason", "verdict", "why", "short", "role", "clock")


class Book(Names):
    """Names of places, bodies, items and codes of cases, in one language."""

    def __init__(self, district: District, lang: str) -> None:
        super().__init__(district, lang)
        table = district.matters
        self.items = {
            str(code): pick(lang, str(zh), "" if en is None or en != en else str(en))  # noqa: PLR0124
            for code, zh, en in zip(table["item"], table["item_name"], table["item_name_en"], strict=True)
        }
        self.matter_of = dict(zip(table["item"], table["matter"], strict=True))
        self.tiers = dict(zip(district.units["code"], district.units["tier"], strict=True))
        self.grids = dict(zip(district.grids["code"], district.grids["name"], strict=True))
        self.townships = [
            str(code) for code in district.areas.loc[district.areas["tier"] == "township", "code"]
        ]

    def word(self, kind: str, code: str) -> str:
        """The word of a code; the code itself where the catalogue has none."""
        return catalogue(self.lang).get(f"casework.{kind}_{code}", code)

    def why(self, code: str, values: Mapping[str, str], kind: str = "why") -> str:
        """Why something cannot be done, in words; `short` is for a button."""
        text = catalogue(self.lang).get(f"casework.{kind}_{code}") or t(f"casework.{kind}_unknown", self.lang)
        return text.format_map(_Filled(self._fill(values)))

    def _fill(self, values: Mapping[str, str]) -> dict[str, str]:
        filled = dict(values)
        if "state" in filled:
            filled["state"] = self.word("at", filled["state"])
        if "roles" in filled:
            comma = t("casework.comma", self.lang)
            filled["roles"] = comma.join(
                self.word("role", role) for role in filled["roles"].split(",") if role
            )
        return filled

    def unit(self, code: str) -> str:
        """A body's name."""
        return self.units.get(code, code)

    def place(self, township: str, village: str) -> str:
        """Township and village, as one says it."""
        names = [self.places.get(code, "") for code in (township, village) if code]
        if self.lang == "en":
            names.reverse()
        return ("\u00a0" if self.lang == "zh" else ", ").join(name for name in names if name)

    def describe(self) -> dict[str, Any]:
        """Everything that the list and the filters say, as JSON values."""
        return {
            "items": {code: [self.matter_of[code], name] for code, name in self.items.items()},
            "matters": dict(self.matters),
            "places": {code: self.short(code) if code in self.townships else name
                       for code, name in self.places.items()},
            "units": {code: [name, self.tiers.get(code, "")] for code, name in self.units.items()},
            "states": {
                key.removeprefix("casework.at_"): text
                for key, text in catalogue(self.lang).items()
                if key.startswith("casework.at_")
            },
        }  # fmt: skip

    def shorten(self, code: str) -> str:
        """A township's name as on the map."""
        return shorten_name(self.places.get(code, ""), self.lang)


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"

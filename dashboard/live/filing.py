"""A desk files a case: what is offered in its form, and the form's answer -> hub.reports."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.i18n import catalogue
from dashboard.live.book import Book
from hub.lists import to_degrees
from hub.reports import Filed, Report, Reports
from hub.scopes import Scope
from twin.district import District

SOURCE = "desk"
FIELDS = ("item", "grid", "channel", "text", "contact")
LONGEST = {"text": 4000, "contact": 200}
CODE = 40


class BadFiling(ValueError):
    """A filing that cannot be taken; `why` is a key of the catalogue live.why_*."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Filing:
    """What a desk says of a new case; text and contact go to the vault."""

    item: str
    grid: str
    channel: str
    text: str
    contact: str


def describe_form(district: District, scope: Scope, book: Book) -> dict[str, Any]:
    """What the form offers: items, channels, villages and grids of the scope, each as code and name."""
    inside = district.grids[scope.grids]
    villages = dict.fromkeys(str(code) for code in inside["village"])
    townships = dict(zip(district.places["village"], district.places["township"], strict=True))
    channels = list(district.settings.channels)
    return {
        "items": [[code, f"{book.matter(code)} · {name}"] for code, name in book.items.items()],
        "channels": [[code, book.channel(code)] for code in channels],
        "villages": [[code, f"{book.shorten(townships[code])} {book.township(code)}"] for code in villages],
        "grids": inside[["code", "name", "village"]].astype(str).to_numpy().tolist(),
    }


def read_filing(body: Any, district: District, scope: Scope) -> Filing:
    """The filing of a JSON body; BadFiling where something is missing, unknown or of another part."""
    if not isinstance(body, dict) or not body.keys() <= set(FIELDS):
        raise BadFiling("form")
    texts = {name: body.get(name, "") for name in FIELDS}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadFiling("form")
    if any(len(text) > LONGEST.get(name, CODE) for name, text in texts.items()):
        raise BadFiling("long")
    if texts["item"] not in set(district.matters["item"]):
        raise BadFiling("item")
    if texts["channel"] not in district.settings.channels:
        raise BadFiling("channel")
    if texts["grid"] not in set(district.grids.loc[scope.grids, "code"]):
        raise BadFiling("grid")
    return Filing(**texts)


def file_case(filing: Filing, reports: Reports, district: District, actor: str) -> Filed:
    """File it in the middle of its grid."""
    row = int(np.flatnonzero((district.places["grid"] == filing.grid).to_numpy())[0])
    x, y = (np.array([float(district.places[name].iloc[row])]) for name in ("x", "y"))
    longitude, latitude = to_degrees(x, y, district)
    words = {"description": filing.text, "contact": filing.contact}
    report = Report(
        filing.item,
        float(longitude[0]),
        float(latitude[0]),
        filing.channel,
        {name: text for name, text in words.items() if text.strip()},
    )
    return reports.file_report(report, SOURCE, actor)


def say_why(why: str, lang: str) -> str:
    """Why a filing was not taken, in words."""
    return catalogue(lang).get(f"live.why_{why}", why)

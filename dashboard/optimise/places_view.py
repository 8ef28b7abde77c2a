"""What a siting study has found -> everything that the page shows of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import pandas as pd
from dash import html, no_update

from dashboard import studying
from dashboard.formats import count, is_missing, share, signed, table
from dashboard.i18n import t
from dashboard.optimise import places_map
from dashboard.plan.findings import Row
from dashboard.plan.table import draw_rows
from dashboard.services import Services
from dashboard.wall_names import Names
from hub.jobs import JobStatus
from twin.indicators import Indicator
from twin.walkin_figures import WALKIN_INDICATORS

FIRST = "walkin_visit_minutes"


def draw_blank(key: str, lang: str) -> html.Section:
    """What stands where no answer is yet."""
    return html.Section(html.P(t(key, lang), className="empty"), className="card")


def tell_waiting(services: Services, seen: Any, kind: str, page: str, lang: str) -> Any:
    """Title, badge, caption, view and mark before the first answer is there."""
    status = studying.find_status(services, seen[0] if isinstance(seen, list) and seen else None, kind)
    if status is None:
        return t(f"{page}.title_blank", lang), "", "", no_update, None
    title = t(f"siting.title_{status.state}", lang)
    why = studying.tell_message(status, lang) or title
    body = html.Section(html.P(why, className="empty"), className="card")
    return title, "", "", body, None


def list_trial(trial: pd.DataFrame, indicators: tuple[Indicator, ...], key: str = "indicator") -> list[Row]:
    """Rows of the figures that both sides have."""
    by_id = trial.set_index(key)
    return [
        Row(one, *(float(by_id.loc[one.id, c]) for c in ("before", "after", "difference", "low", "high")))
        for one in indicators
        if one.id in by_id.index and not is_missing(float(by_id.loc[one.id, "difference"]))
    ]


def draw_head(title: str, caption: str, link: str, lang: str, picture: bool = True) -> html.Div:
    """A card's head: title, caption, its table and its picture to take away."""
    take: list[Any] = [html.A("CSV", href=link, download=True, className="plain")] if link else []
    take += [html.Button(t("siting.picture", lang), className="plain picture", type="button")] * picture
    parts = [html.H2(title), html.Span(caption, className="caption"), html.Span(take, className="right take")]
    return html.Div(parts, className="card-head")


def draw_gap(head: dict[str, Any], page: str, lang: str) -> html.Span:
    """Whether no better answer can be told from this one, else how far the bound is."""
    if head["proven"]:
        return html.Span(t(f"{page}.proven", lang), className="badge g", title=t("siting.proven_why", lang))
    gap = f"{100 * head['gap']:.2g}"
    return html.Span(t("siting.gap", lang, gap=gap), className="badge a", title=t("siting.gap_why", lang))


@dataclass(frozen=True)
class Look:
    """One look at what a job has found, in the words of a page."""

    page: ClassVar[str]
    services: Services
    status: JobStatus
    head: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    lang: str

    @cached_property
    def names(self) -> Names:
        """Names of units, roles and places."""
        return Names(self.services.district, self.lang)

    def _say(self, key: str, **words: Any) -> str:
        return t(f"{self.page}.{key}", self.lang, **words)

    def badge(self) -> html.Span:
        """The gap."""
        return draw_gap(self.head, self.page, self.lang)


class View(Look):
    """A look at service points."""

    page = "siting"

    @cached_property
    def access(self) -> pd.DataFrame:
        """Figures of access, before and after, by name."""
        return self.tables["access"].set_index("figure")

    @cached_property
    def rows(self) -> list[Row]:
        """The halls' figures."""
        return list_trial(self.tables["trial"], WALKIN_INDICATORS)

    def title(self) -> str:
        """The finding: ways before and after; how long a visit takes, once that is tried."""
        mean = self.access.loc["mean_minutes"]
        words = {"points": self.head["spec"]["count"], "before": f"{mean['before']:.1f}"}
        words["after"] = f"{mean['after']:.1f}"
        visit = next((row for row in self.rows if row.indicator.id == FIRST), None)
        if not self.head["spec"]["keep"]:
            return self._say("title_anew", **words)
        if visit is None or is_missing(visit.low):
            return self._say("title_first", **words)
        interval = f"{signed(visit.low, 1)} ~ {signed(visit.high, 1)}"
        key = "title_unclear" if visit.verdict == "unclear" else "title_found"
        return self._say(key, gain=signed(visit.difference, 1), interval=interval, **words)

    def caption(self) -> str:
        """Where the figures come from."""
        spec = self.head["spec"]
        words = {name: spec[name] for name in ("start", "days", "seed")} | {"runs": self.head["runs"] // 2}
        return self._say("provenance", **words)

    def draw(self) -> list[Any]:
        """Maps, access and the way it was found, the halls, the points."""
        district, spec = self.services.district, self.head["spec"]
        panels = [
            html.Section(
                [draw_head(self._say(side), self._level(side), "", self.lang), drawn],
                className="card map-card",
            )
            for side, drawn in zip(
                places_map.SIDES,
                places_map.draw_maps(district, self.tables, spec["services"], self.lang),
                strict=True,
            )
        ]
        return [
            html.Div(panels, className="maps two"),
            places_map.draw_legend(self.lang),
            html.Div([self._draw_access(), self._draw_answer()], className="lower"),
            self._draw_trial(),
            self._draw_points(),
        ]

    def _level(self, side: str) -> str:
        row = self.access[side]
        return self._say("level", mean=f"{row['mean_minutes']:.1f}", p90=f"{row['p90_minutes']:.1f}")

    def _link(self, name: str) -> str:
        return f"/api/places/{self.status.job_id}/{name}.csv"

    def _draw_access(self) -> html.Section:
        head = [
            (self._say(f"col_{name}"), kind)
            for name, kind in (("figure", ""), ("before", "n"), ("after", "n"))
        ]
        rows = []
        for name, row in self.access.iterrows():
            within = str(name).startswith("within_")
            words = {"radius": str(name).removeprefix("within_")} if within else {}
            shown = [f"{share(v)} %" if within else self._say("minutes", minutes=f"{v:.1f}") for v in row]
            rows.append([self._say("access_within" if within else f"access_{name}", **words), *shown])
        label = self._say("card_access")
        top = draw_head(
            label,
            self._say("access_caption", needs=count(self.head["needs"])),
            self._link("access"),
            self.lang,
        )
        return html.Section([top, table(head, rows, label)], className="card")

    def _draw_answer(self) -> html.Section:
        """Value, bound, gap, and the button that writes the scenario."""
        spec = self.head["spec"]
        unit, scaled = (
            ("needs", 1.0) if spec["objective"] == "covering" else ("minutes", 60 * self.head["needs"])
        )
        words = {
            "value": f"{self.head['value'] / scaled:,.4f}",
            "bound": f"{self.head['bound'] / scaled:,.4f}",
            "gap": f"{100 * self.head['gap']:.2g}",
            "demands": count(self.head["demands"]),
            "candidates": count(self.head["candidates"]),
            "method": self._say(f"method_{'highs' if 'HiGHS' in self.head['method'] else 'relaxation'}"),
        }
        parts = [html.P(self._say(f"answer_{unit}", **words), className="answer")]
        parts.append(html.P(self._say("answer_how", **words), className="caption"))
        if self.head["scenario"]:
            parts.append(
                html.Div(
                    [
                        html.Button(self._say("keep"), id="places-keep", className="button filled"),
                        html.Span(id="places-kept", role="status"),
                    ],
                    className="keep",
                )
            )
        else:
            parts.append(html.P(self._say("no_scenario"), className="answer"))
        return html.Section(
            [draw_head(self._say("card_answer"), "", "", self.lang, picture=False), *parts], className="card"
        )

    def _draw_trial(self) -> Any:
        if not self.head["spec"]["keep"]:
            return ""
        label = self._say("card_trial")
        body: Any = html.P(self._say("trial_later"), className="empty")
        if self.rows:
            body = draw_rows(self.rows, label, self.lang)
        caption = self._say("trial_caption", where=self._where())
        return html.Section(
            [draw_head(label, caption, self._link("trial"), self.lang), body], className="card table-card"
        )

    def _where(self) -> str:
        where = self.head["spec"]["where"]
        return self.names.township(where) if where else self._say("where_all")

    def _draw_points(self) -> html.Section:
        names = ("unit", "town", "needs", "way", "windows", "staff", "busy")
        head = [
            (self._say(f"col_{name}"), "" if name in ("unit", "town", "staff") else "n") for name in names
        ]
        parents = dict(
            zip(self.services.district.areas["code"], self.services.district.areas["parent"], strict=True)
        )
        rows = [
            [
                self.names.unit(row.unit),
                self.names.places.get(parents.get(row.area, ""), ""),
                f"{row.needs:.0f}",
                "–" if is_missing(row.minutes) else f"{row.minutes:.1f}",
                f"{row.windows}",
                self._say("own") if not row.staff else self._say("sent", unit=self.names.unit(row.staff)),
                "–" if is_missing(row.busy) else f"{share(row.busy, 0)} %",
            ]
            for row in self.tables["points"].itertuples()
        ]
        label = self._say("card_points")
        top = draw_head(label, self._say("points_caption"), self._link("points"), self.lang)
        return html.Section([top, html.Div(table(head, rows, label), className="wide")], className="card")

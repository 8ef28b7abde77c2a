"""What a search has found -> everything that the page shows of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from dash import dcc, html, no_update

from dashboard import maps, studying
from dashboard.formats import is_missing, signed, table
from dashboard.i18n import t
from dashboard.optimise import posts_figures
from dashboard.services import Services
from dashboard.wall_names import Names
from hub.jobs import JobStatus
from hub.studies.optimise import Advice


def draw_blank(lang: str) -> html.Section:
    """What stands where no plan is yet."""
    return html.Section(html.P(t("optimise.blank", lang), className="empty"), className="card")


def tell_waiting(services: Services, seen: Any, kind: str, lang: str) -> Any:
    """Title, caption, view and mark before the first plan is there."""
    status = studying.find_status(services, seen[0] if isinstance(seen, list) and seen else None, kind)
    if status is None:
        return t("optimise.title_blank", lang), "", no_update, None
    title = t(f"optimise.title_{status.state}", lang)
    why = studying.tell_message(status, lang) or title
    body = html.Section(html.P(why, className="empty"), className="card")
    return title, "", body, None


@dataclass(frozen=True)
class View:
    """One look at what a job has found."""

    services: Services
    status: JobStatus
    advice: Advice
    lang: str

    @cached_property
    def names(self) -> Names:
        """Names of units and roles."""
        return Names(self.services.district, self.lang)

    def _say(self, key: str, **words: Any) -> str:
        return t(f"optimise.{key}", self.lang, **words)

    @property
    def objective(self) -> str:
        """The name of the objective asked for."""
        return self._say(f"objective_{self.advice.provenance['question']['objective']}")

    def title(self) -> str:
        """The finding: what so many posts bring, with its interval once it is proved."""
        last = self.advice.tables["curve"].iloc[-1]
        words = {"posts": self.advice.placed, "objective": self.objective}
        if self.advice.stage != "proved":
            key = "title_stopped" if self.status.state == "cancelled" else "title_first"
            return self._say(key, gain=signed(last["expected"], 2), **words)
        interval = self._range(last["low"], last["high"])
        key = "title_unclear" if last["low"] <= 0 <= last["high"] else "title_proved"
        return self._say(key, gain=signed(last["mean"], 2), interval=interval, **words)

    def caption(self) -> str:
        """Where the figures come from."""
        facts = self.advice.provenance
        return self._say(
            "provenance",
            start=facts["start"],
            days=facts["days"],
            replications=facts["replications"],
            seed=facts["seed"],
            stage=self._say(f"stage_{self.advice.stage}"),
        )

    def draw(self) -> list[Any]:
        """Notes, map and effects, curve, the teams that gain and that lose."""
        return [
            *self._draw_notes(),
            html.Div([self._draw_map(), self._draw_side()], className="optimise-top"),
            self._draw_teams("gain"),
            self._draw_teams("lose"),
        ]

    def _draw_notes(self) -> list[Any]:
        notes = []
        for code, figures in self.advice.notes.items():
            words = dict(zip(("asked", "placed"), (f"{f:.0f}" for f in figures), strict=False))
            notes.append(html.P([html.Span("▲ ", className="badge a"), self._say(f"note_{code}", **words)]))
        return [html.Section(notes, className="card notes")] if notes else []

    def _draw_map(self) -> html.Section:
        head = self._draw_head("map", self._say("map_caption"))
        body = posts_figures.draw_map(self.services.district, self.advice.tables["teams"], self.lang)
        return html.Section([head, body], className="card map-card")

    def _draw_head(self, name: str, caption: str, csv: str = "") -> html.Div:
        base = f"/api/optimise/{self.status.job_id}"
        links: list[Any] = (
            [html.A("CSV", href=f"{base}/{csv}.csv", download=True, className="plain")] if csv else []
        )
        if not csv or csv == "curve":
            links.append(html.Button(self._say("picture"), className="plain picture", type="button"))
        return html.Div(
            [
                html.H2(self._say(f"card_{name}")),
                html.Span(caption, className="caption"),
                html.Span(links, className="right take"),
            ],
            className="card-head",
        )

    def _draw_side(self) -> html.Div:
        curve = self.advice.tables["curve"]
        graph = dcc.Graph(
            figure=posts_figures.draw_curve(curve, self.lang),
            id="optimise-curve",
            config=maps.CONFIG | {"scrollZoom": False},
            style={"height": "17rem"},
        )
        told = [html.P(text, className="optimise-step") for text in self._tell_steps(curve)]
        first = html.Section([self._draw_head("curve", "", "curve"), graph, *told], className="card")
        return html.Div([self._draw_keep(), self._draw_effects(), first], className="optimise-side")

    def _tell_steps(self, curve: pd.DataFrame) -> list[str]:
        """What each further part of the posts brings, and from where on nothing can be seen."""
        known, before, texts = curve[curve["mean"].notna()], 0, []
        for row in known.itertuples():
            posts = str(row.posts) if row.posts == before + 1 else f"{before + 1}–{row.posts}"
            words = {"posts": posts, "gain": signed(row.step_mean, 2)}
            unclear = row.step_low <= 0 <= row.step_high
            key = "step_unclear" if unclear else "step_clear"
            texts.append(self._say(key, interval=self._range(row.step_low, row.step_high), **words))
            before = row.posts
        return texts

    def _draw_keep(self) -> html.Section:
        button = html.Button(self._say("keep_plan"), id="optimise-keep", className="button filled")
        return html.Section([button, html.Span(id="optimise-kept", role="status")], className="card keep")

    def _draw_effects(self) -> Any:
        effects = self.advice.tables.get("effects")
        if effects is None:
            return html.Section(html.P(self._say("effects_later"), className="empty"), className="card")
        rows = [
            [
                self._say(f"objective_{row.indicator}"),
                f"{row.baseline:.1f} → {row.plan:.1f}",
                signed(row.mean, 2),
                self._range(row.low, row.high),
                self._judge(row),
            ]
            for row in effects.itertuples()
        ]
        head = [
            (self._say(f"col_{name}"), kind)
            for name, kind in (
                ("indicator", ""),
                ("level", "n"),
                ("gain", "n"),
                ("interval", "n"),
                ("verdict", ""),
            )
        ]
        label = self._say("card_effects")
        return html.Section(
            [self._draw_head("effects", self._say("effects_caption"), "effects"), table(head, rows, label)],
            className="card",
        )

    def _judge(self, row: Any) -> html.Span:
        if is_missing(row.low) or row.low <= 0 <= row.high:
            return html.Span(self._say("unclear"), className="caption")
        better = (row.mean < 0) == (row.indicator == "load")
        return html.Span(
            self._say("better" if better else "worse"), className="badge g" if better else "badge a"
        )

    def _range(self, low: float, high: float) -> str:
        return "–" if is_missing(low) else f"{signed(low, 2)} ~ {signed(high, 2)}"

    def _draw_teams(self, which: str) -> Any:
        teams = self.advice.tables["teams"]
        mine = teams[teams["change"] > 0] if which == "gain" else teams[teams["change"] < 0]
        if mine.empty:
            return ""
        names = ("unit", "role", "posts", "change", "why", "predicted", "expected", "simulated")
        head = [(self._say(f"col_{name}"), "" if name in ("unit", "role", "why") else "n") for name in names]
        rows = [self._tell_team(row, which) for row in mine.itertuples()]
        label = self._say(f"card_{which}")
        caption = self._say(
            f"{which}_caption", units=mine["unit"].nunique(), posts=int(abs(mine["change"].sum()))
        )
        body = html.Div(table(head, rows, label), className="wide")
        return html.Section([self._draw_head(which, caption, "teams"), body], className="card teams")

    def _tell_team(self, row: Any, which: str) -> list[Any]:
        load = "–" if is_missing(row.utilisation) else f"{100 * row.utilisation:.0f}"
        why = self._say(f"why_{which}", load=load, hours=f"{row.queue_hours:.1f}", late=f"{row.late:.1f}")
        simulated = (
            "–" if is_missing(row.mean) else f"{signed(row.mean, 2)}  ({self._range(row.low, row.high)})"
        )
        return [
            self.names.unit(row.unit),
            self.names.role(row.role),
            f"{row.posts} → {row.posts + row.change}",
            signed(row.change),
            why,
            signed(row.predicted, 2),
            signed(row.expected, 2),
            simulated,
        ]

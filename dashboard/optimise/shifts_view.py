"""What a study of shifts has found -> everything that the page shows of it."""

from functools import cached_property
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard import maps
from dashboard.formats import card, is_missing, share, signed, table
from dashboard.i18n import pick, t
from dashboard.optimise import shifts_figures
from dashboard.optimise.places_view import Look, draw_head, list_trial
from dashboard.plan.findings import Row, show_difference, tell_interval
from dashboard.plan.table import draw_rows
from simulation.shifts.load import POLICY, POOL_INDICATORS
from twin.indicators import INDICATORS
from twin.settings import parse_clock

CONFIG = maps.CONFIG | {"scrollZoom": False}
SCOPES = ("pool", "area", "district")


class View(Look):
    """A look at hours of posts."""

    page = "shifts"

    def rows(self, scope: str) -> list[Row]:
        """The trial's figures of a scope."""
        trial = self.tables["trial"]
        mine = trial[trial["scope"] == scope] if len(trial) else trial
        return list_trial(mine, (*POOL_INDICATORS, *INDICATORS), "figure") if len(mine) else []

    def title(self) -> str:
        """The finding: what the mix brings to work begun in time."""
        posts = int(self.tables["moves"]["posts"].sum())
        words = {"role": self.names.role(self.head["spec"]["role"]), "posts": posts}
        if not posts:
            return self._say("title_stay", **words)
        row = next(iter(self.rows("pool")), None)
        if row is None or is_missing(row.low):
            return self._say("title_first", **words)
        key = "title_unclear" if row.verdict == "unclear" else "title_found"
        gain, interval = show_difference(row, self.lang), tell_interval(row, self.lang)
        return self._say(key, gain=gain, interval=interval, **words)

    @cached_property
    def is_worse(self) -> bool:
        """Whether paired runs say that less work begins in time than as things are."""
        return any(row.verdict == "worse" for row in self.rows("pool")[:1])

    def badge(self) -> html.Span:
        """That paired runs speak against the mixes, else their gap: the best of a flow without chance."""
        if self.is_worse:
            return html.Span(self._say("worse"), className="badge r", title=self._say("worse_why"))
        return super().badge()

    def caption(self) -> str:
        """Where the figures come from."""
        spec = self.head["spec"]
        words = {name: spec[name] for name in ("start", "days", "seed")} | {"runs": self.head["runs"] // 2}
        return self._say("provenance", reading=self.head["load_replications"], **words)

    def draw(self) -> list[Any]:
        """The week, the trial, the moves, the button and the flow."""
        return [
            self._draw_week(),
            html.Div([self._draw_trial(scope) for scope in SCOPES], className="lower"),
            html.Div(
                [self._draw_moves(), html.Div([self._draw_keep(), self._draw_flow()])], className="lower"
            ),
        ]

    def _link(self, name: str) -> str:
        return f"/api/shifts/{self.status.job_id}/{name}.csv"

    def _draw_week(self) -> html.Section:
        hours = self.tables["hours"]
        units = hours["unit"].drop_duplicates().tolist()
        data = [{"value": unit, "label": self.names.unit(unit)} for unit in units]
        whole = [{"value": shifts_figures.ALL, "label": self._say("all_units", count=len(units))}]
        choose = dmc.Select(
            id="shifts-pool", data=[*whole, *data] if len(units) > 1 else data, size="xs", w="18rem",
            value=shifts_figures.ALL if len(units) > 1 else units[0], allowDeselect=False, searchable=True,
            **{"aria-label": self._say("unit")},
        )  # fmt: skip
        week = shifts_figures.sum_hours(hours, None)
        figures = [
            dcc.Graph(
                figure=shifts_figures.draw_week(week, self.lang), id="shifts-week", config=CONFIG,
                style={"height": "17rem"},
            ),
            html.P(self._say("strip"), className="caption"),
            dcc.Graph(
                figure=shifts_figures.draw_strip(week, self.lang), id="shifts-strip", config=CONFIG,
                style={"height": "8rem"},
            ),
        ]  # fmt: skip
        top = draw_head(self._say("card_week"), self._say("week_caption"), self._link("hours"), self.lang)
        return html.Section([top, choose, *figures], className="card")

    def _draw_keep(self) -> Any:
        if not self.head["scenario"]:
            return card(self._say("card_keep"), html.P(self._say("nothing"), className="answer"))
        style = "button" if self.is_worse else "button filled"
        button = html.Button(t("siting.keep", self.lang), id="shifts-keep", className=style)
        return card(
            self._say("card_keep"),
            html.Div([button, html.Span(id="shifts-kept", role="status")], className="keep"),
        )

    def _draw_flow(self) -> html.Section:
        """Figures of the flow without chance: shares weighted by pools alike, hours and post-hours summed."""
        flow = self.tables["flow"].groupby("figure", sort=False)[["before", "after"]]
        mean, total = flow.mean(), flow.sum()
        rows = [
            [self._say("flow_in_time"), *(f"{share(v)} %" for v in mean.loc["in_time"])],
            [self._say("flow_short_hours"), *(f"{v:.0f}" for v in mean.loc["short_hours"])],
            [self._say("flow_waiting"), *(f"{v:.1f}" for v in total.loc["waiting"])],
        ]
        head = [("", ""), (self._say("before"), "n"), (self._say("after"), "n")]
        label = self._say("card_flow")
        top = draw_head(label, self._say("flow_caption"), self._link("flow"), self.lang)
        return html.Section([top, table(head, rows, label)], className="card")

    def _draw_moves(self) -> html.Section:
        head = [
            (self._say(f"col_{name}"), "n" if name == "posts" else "")
            for name in ("unit", "posts", "pattern", "from", "to")
        ]
        rows = [
            [
                self.names.unit(row.unit),
                f"{row.posts}",
                self._name_pattern(row.minutes_later),
                self._tell_hours(row.shift, 0),
                self._tell_hours(row.shift, row.minutes_later),
            ]
            for row in self.tables["moves"].itertuples()
        ]
        label = self._say("card_moves")
        body: Any = html.Div(table(head, rows, label), className="wide")
        if not rows:
            body = html.P(self._say("nothing"), className="empty")
        top = draw_head(label, self._say("moves_caption"), self._link("moves"), self.lang)
        return html.Section([top, body], className="card")

    def _name_pattern(self, minutes: int) -> str:
        pattern = next(p for p in POLICY["patterns"] if p["minutes_later"] == minutes)
        return f"{pick(self.lang, pattern['name'], pattern['name_en'])} ({signed(minutes / 60, 0)} h)"

    def _tell_hours(self, shift: str, later: int) -> str:
        table = self.services.district.shifts
        rows = table[table["shift"] == shift]
        return " ".join(f"{_move(row.start, later)}–{_move(row.end, later)}" for row in rows.itertuples())

    def _draw_trial(self, scope: str) -> Any:
        rows, label = self.rows(scope), self._say(f"card_{scope}")
        if not rows:
            return ""
        caption = self._say("trial_caption", runs=self.head["runs"] // 2)
        top = draw_head(label, caption, self._link("trial"), self.lang)
        return html.Section([top, draw_rows(rows, label, self.lang)], className="card table-card")


def _move(clock: str, minutes: int) -> str:
    total = (parse_clock(clock) // 60 + minutes) % 1440
    return f"{total // 60:02d}:{total % 60:02d}"

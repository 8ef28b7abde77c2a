"""A job's state and result -> everything that the plan page shows of it; nothing where nothing changed."""

from typing import Any

import numpy as np
from dash import html, no_update
from flask import Response

from dashboard.i18n import pick, t
from dashboard.plan import figures
from dashboard.plan.findings import (
    HEADLINE,
    PlaceValues,
    Row,
    count_affected,
    count_identical,
    count_pairs,
    list_rows,
    place_values,
    show,
    show_difference,
    tell,
    tell_interval,
)
from dashboard.plan.legends import draw_difference_legend, draw_level_legend
from dashboard.plan.numbers import find_factor
from dashboard.plan.table import GROUPS, draw_groups, draw_lead
from dashboard.services import Services
from hub.jobs import ExperimentSpec, JobStatus
from simulation.experiment import ExperimentResult
from twin.indicators import Indicator

OUTPUTS = 27
BADGES = {
    "queued": ("■", "b"),
    "running": ("■", "b"),
    "done": ("✓", "g"),
    "failed": ("✕", "r"),
    "cancelled": ("✕", "a"),
}
FORMULA_START = ("=", "+", "-", "@")


def follow(
    services: Services, job_id: Any, indicator: Indicator, shown: Any, history: Any, lang: str
) -> list[Any] | None:
    """Values for every output of the page, or None where the page shows all of it already."""
    status = _find_status(services, job_id)
    if status is None:
        return None
    state = [status.job_id, status.state, status.done, indicator.id, lang]
    if shown == state:
        return None
    result = services.jobs.result(status.job_id)
    spec = services.jobs.spec(status.job_id)
    parts = Parts(services, status, spec, lang)
    if result is None or result.differences.empty:
        return parts.waiting(state)
    return parts.full(result, indicator, state, history)


def _find_status(services: Services, job_id: Any) -> JobStatus | None:
    if not isinstance(job_id, str) or not job_id or len(job_id) > 64:
        return None
    try:
        return services.jobs.status(job_id)
    except KeyError:
        return None


class Parts:
    """The pieces of the page for one job."""

    def __init__(self, services: Services, status: JobStatus, spec: ExperimentSpec, lang: str) -> None:
        self.services, self.status, self.spec, self.lang = services, status, spec, lang
        self.pairs = 0
        areas = services.district.areas
        self.villages = areas[areas["tier"] == "village"]
        self.names = [
            pick(lang, str(zh), str(en))
            for zh, en in zip(self.villages["name"], self.villages["name_en"], strict=True)
        ]

    def waiting(self, state: list[Any]) -> list[Any]:
        """Before the first replication: the state, and nothing else changes."""
        title = t(f"plan.title_{self.status.state}", self.lang)
        head = [title, *self._badge(), self._caption()]
        rest = [no_update] * (OUTPUTS - len(head) - 11)
        return [
            *head,
            *rest,
            [],
            [[] for _ in GROUPS],
            "",
            self._progress(),
            self._bars(),
            self._reason(),
            no_update,
            "",
            not self._open(),
            state,
            [],
        ]

    def full(
        self, result: ExperimentResult, indicator: Indicator, state: list[Any], history: Any
    ) -> list[Any]:
        """The whole page."""
        rows, self.pairs = list_rows(result), count_pairs(result)
        headline = next((row for row in rows if row.indicator.id == HEADLINE), rows[0])
        shown_row = next((row for row in rows if row.indicator.id == indicator.id), headline)
        values = place_values(result, self.villages["code"].tolist(), indicator)
        history = self._extend(history, result, headline)
        factor = find_factor(headline.indicator)
        return [
            tell(headline, self.lang),
            *self._badge(),
            self._caption(),
            *self._maps(values, indicator),
            *self._map_texts(values, shown_row),
            draw_lead(rows, self.lang),
            draw_groups(rows, self.lang),
            self._downloads(),
            self._progress(),
            self._bars(),
            self._headline(headline),
            figures.draw_narrowing(history["points"], self.spec.replications, factor),
            self._reach(result),
            not self._open(),
            state,
            history,
        ]

    def _open(self) -> bool:
        return self.status.state in ("queued", "running")

    def _badge(self) -> list[str]:
        mark, colour = BADGES[self.status.state]
        pairs = (self.pairs, self.spec.replications)
        return [
            f"{mark} {t(f'plan.state_{self.status.state}', self.lang, done=pairs[0], total=pairs[1])}",
            f"badge {colour}",
        ]

    def _caption(self) -> str:
        spec = self.spec
        values = {
            "start": spec.start.isoformat(),
            "days": spec.days,
            "seed": spec.seed,
            "replications": spec.replications,
        }
        return t("plan.provenance", self.lang, **values)

    def _progress(self) -> str:
        started, ended = self.status.started_at, self.status.finished_at
        if started and ended:
            return t("plan.took", self.lang, seconds=f"{(ended - started).total_seconds():.0f}")
        return t("plan.closing_is_fine", self.lang) if self._open() else ""

    def _bars(self) -> list[Any]:
        done, total = self.pairs, max(self.spec.replications, 1)
        kinds = [
            "done" if n < done else "now" if n == done and self._open() else "" for n in range(min(total, 60))
        ]
        return [html.I(className=kind) for kind in kinds]

    def _reason(self) -> Any:
        return html.P(self.status.message, className="red") if self.status.message else ""

    def _extend(self, history: Any, result: ExperimentResult, row: Row) -> dict[str, Any]:
        same = isinstance(history, dict) and history.get("job") == self.status.job_id
        points = [p for p in history["points"] if isinstance(p, list)] if same else []
        number = self.pairs
        point = [number, *(None if np.isnan(v) else float(v) for v in (row.difference, row.low, row.high))]
        points = [p for p in points if p and p[0] != number]
        return {"job": self.status.job_id, "points": [*points, point][-200:]}

    def _maps(self, values: PlaceValues, indicator: Indicator) -> list[Any]:
        cuts, gain_cuts = figures.find_cuts(values, indicator), figures.find_gain_cuts(values, indicator)
        return [
            figures.draw_level(values, values.baseline, cuts, indicator, self.names),
            figures.draw_level(values, values.scenario, cuts, indicator, self.names),
            figures.draw_difference(values, gain_cuts, indicator, self.names, self.villages),
        ]

    def _map_texts(self, values: PlaceValues, row: Row) -> list[Any]:
        indicator, lang = row.indicator, self.lang
        cuts, gain_cuts = figures.find_cuts(values, indicator), figures.find_gain_cuts(values, indicator)
        name = pick(lang, indicator.name, indicator.name_en)
        level = draw_level_legend(cuts, indicator, lang)
        sign = {"better": "pos", "worse": "neg"}.get(row.verdict, "quiet")
        return [
            name, show(row.baseline, indicator, lang), level,
            name, show(row.scenario, indicator, lang), level,
            t("plan.difference_caption", lang), html.Span(show_difference(row, lang), className=sign),
            draw_difference_legend(gain_cuts, values, indicator, lang),
        ]  # fmt: skip

    def _downloads(self) -> list[Any]:
        base = f"/api/runs/{self.status.job_id}"
        return [
            html.A(f"{name}.csv", href=f"{base}/{name}.csv", download=True, className="plain")
            for name in ("indicators", "differences")
        ]

    def _headline(self, row: Row) -> list[Any]:
        colour = {"better": "pos", "worse": "neg"}.get(row.verdict, "")
        name = pick(self.lang, row.indicator.name, row.indicator.name_en)
        values = {
            "before": show(row.baseline, row.indicator, self.lang),
            "after": show(row.scenario, row.indicator, self.lang),
        }
        return [
            html.Div(t("plan.headline", self.lang, name=name), className="label"),
            html.Div(
                [
                    html.Span(show_difference(row, self.lang), className=f"lead {colour}"),
                    html.Span(
                        t("plan.interval", self.lang, interval=tell_interval(row, self.lang)),
                        className="caption",
                    ),
                ]
            ),
            html.Div(t("plan.from_to", self.lang, **values), className="caption"),
            self._reason(),
        ]

    def _reach(self, result: ExperimentResult) -> list[Any]:
        areas = self.services.district.areas
        totals = {tier: int((areas["tier"] == tier).sum()) for tier in ("township", "village")}
        same = {tier: count_identical(result, tier, total) for tier, total in totals.items()}
        values = {f"{tier}s": f"{same[tier]}/{totals[tier]}" for tier in totals}
        cases = count_affected(result) / max(self.pairs, 1)
        return [html.P(t("plan.reach", self.lang, cases=f"{cases:,.0f}", **values), className="caption")]


def download(services: Services, job_id: str, name: str) -> Response:
    """A table of a run as CSV; text that a spreadsheet would take for a formula gets a quote before it.

    Of a fictitious district the name of the file and a column `data` say DEMO.
    """
    status = _find_status(services, job_id)
    result = services.jobs.result(job_id) if status else None
    if result is None or name not in ("indicators", "differences"):
        return Response('{"error": "no such table"}', 404, mimetype="application/json")
    frame = getattr(result, name).copy()
    for column in frame.select_dtypes(exclude="number"):
        frame[column] = [f"'{v}" if str(v).startswith(FORMULA_START) else v for v in frame[column]]
    if services.district.label == "fictitious":
        frame.insert(0, "data", "DEMO")
        name = f"DEMO-{name}"
    answer = Response(frame.to_csv(index=False), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{job_id[:8]}.csv"'
    return answer

"""A job's state and result -> everything that the plan page shows of it; nothing where nothing changed."""

import math
from typing import Any

from dash import html, no_update
from flask import Response

from dashboard import wall_run
from dashboard.actors import Words
from dashboard.downloads import refuse_table, send_csv
from dashboard.i18n import pick, t
from dashboard.plan import figures
from dashboard.plan.findings import (
    HEADLINE,
    PlaceValues,
    Row,
    count_pairs,
    find_digits,
    list_rows,
    place_values,
    show,
    show_difference,
    tell,
    tell_interval,
)
from dashboard.plan.legends import draw_difference_legend, draw_level_legend
from dashboard.plan.numbers import find_factor, write
from dashboard.plan.reach import draw_reach
from dashboard.plan.table import GROUPS, draw_groups, draw_lead
from dashboard.services import Services
from dashboard.studying import BADGES, name_run, tell_message
from hub.jobs import ExperimentSpec, JobStatus
from hub.results import TABLES
from simulation.experiment import ExperimentResult
from store.types import utc_now
from twin.indicators import Indicator

OUTPUTS = 26


def follow(services: Services, job_id: Any, indicator: Indicator, shown: Any, lang: str) -> list[Any] | None:
    """Values for every output of the page, or None where the page shows all of it already."""
    status = _find_status(services, job_id)
    if status is None:
        return None
    place = services.jobs.count_ahead(job_id) if status.state == "queued" else 0
    state = [status.job_id, status.state, status.done, indicator.id, lang, place]
    if shown == state:
        return None
    result = services.jobs.result(status.job_id)
    spec = services.jobs.spec(status.job_id)
    parts = Parts(services, status, spec, lang, place)
    if result is None or result.differences.empty:
        return parts.waiting(state)
    return parts.full(result, indicator, state)


def _find_status(services: Services, job_id: Any) -> JobStatus | None:
    if not isinstance(job_id, str) or not job_id or len(job_id) > 64:
        return None
    try:
        return services.jobs.status(job_id)
    except KeyError:
        return None


class Parts:
    """The pieces of the page for one job."""

    def __init__(
        self, services: Services, status: JobStatus, spec: ExperimentSpec, lang: str, place: int
    ) -> None:
        self.services, self.status, self.spec, self.lang, self.place = services, status, spec, lang, place
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
        rest = [no_update] * (OUTPUTS - len(head) - 10)
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
        ]

    def full(self, result: ExperimentResult, indicator: Indicator, state: list[Any]) -> list[Any]:
        """The whole page."""
        rows, self.pairs = list_rows(result), count_pairs(result)
        headline = next((row for row in rows if row.indicator.id == HEADLINE), rows[0])
        shown_row = next((row for row in rows if row.indicator.id == indicator.id), headline)
        values = place_values(result, self.villages["code"].tolist(), indicator)
        points = list_points(result, headline)
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
            self._headline(headline, points),
            figures.draw_narrowing(points, self.spec.replications, factor),
            self._reach(result),
            not self._open(),
            state,
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
        return f"{name_run(spec, self.lang)} · {t('plan.provenance', self.lang, **values)}"

    def _progress(self) -> str:
        status = self.status
        if status.submitted_at == status.started_at == status.finished_at:
            return t("plan.known_before", self.lang)
        if status.started_at and status.finished_at:
            seconds = (status.finished_at - status.started_at).total_seconds()
            return t("plan.took", self.lang, seconds=f"{seconds:.0f}")
        if status.state == "queued":
            return t("plan.place", self.lang, ahead=self.place)
        return self._tell_time() if self._open() else ""

    def _tell_time(self) -> str:
        """How long it has gone on, and how long it should if the rest takes as long."""
        status, words = self.status, t("plan.closing_is_fine", self.lang)
        if status.started_at is None or not status.done:
            return words
        gone = max((utc_now() - status.started_at).total_seconds(), 0.0)
        left = gone / status.done * (status.total - status.done)
        return f"{t('plan.going', self.lang, gone=f'{gone:.0f}', left=f'{left:.0f}')} · {words}"

    def _bars(self) -> list[Any]:
        done, total = self.pairs, max(self.spec.replications, 1)
        kinds = [
            "done" if n < done else "now" if n == done and self._open() else "" for n in range(min(total, 60))
        ]
        return [html.I(className=kind) for kind in kinds]

    def _reason(self) -> Any:
        return html.P(tell_message(self.status, self.lang), className="red") if self.status.message else ""

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
        files = [
            html.A(f"{name}.csv", href=f"{base}/{name}.csv", download=True, className="plain")
            for name in ("indicators", "differences")
        ]
        compare = html.A(
            t("plan.compare", self.lang), href=f"/compare/{self.status.job_id}", className="plain"
        )
        if self._open():
            return [*files, compare]
        film = html.A(
            t("playback.name", self.lang), href=f"/playback/{self.status.job_id}", className="plain"
        )
        return [*files, compare, film, wall_run.hold(self.services, self.lang, self.status.job_id)]

    def _headline(self, row: Row, points: list[list[float]]) -> list[Any]:
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
            self._foresee(row, points),
            self._reason(),
        ]

    def _foresee(self, row: Row, points: list[list[float]]) -> Any:
        """How far the interval should narrow by the last replication, while it is on its way."""
        half = figures.foresee_half(points, self.spec.replications) * find_factor(row.indicator)
        if not self._open() or math.isnan(half):
            return ""
        return html.Div(
            t("plan.foreseen", self.lang, half=write(half, find_digits(row))), className="caption"
        )

    def _reach(self, result: ExperimentResult) -> list[Any]:
        district = self.services.district
        return draw_reach(result, self.pairs, district, Words(district, self.lang))


def list_points(result: ExperimentResult, row: Row) -> list[list[float]]:
    """[pairs, mean, low, high] of an indicator after each further pair of replications."""
    table = result.narrowing
    mine = table[(table["indicator"] == row.indicator.id)]
    if len(mine):
        mine = mine[mine["scenario"] == mine["scenario"].iloc[0]]
    columns = ["replications", "mean", "low", "high"]
    return [[float(v) for v in values] for values in mine[columns].to_numpy()]


def download(services: Services, job_id: str, name: str) -> Response:
    """A table of a run as CSV."""
    status = _find_status(services, job_id)
    result = services.jobs.result(job_id) if status else None
    if result is None or name not in TABLES:
        return refuse_table()
    return send_csv(services, getattr(result, name), f"{name}-{job_id[:8]}")

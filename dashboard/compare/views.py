"""A comparison -> what each part of the page shows."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
from dash import html

from dashboard.compare import figures, parts
from dashboard.compare.known import MAPPED, Known, find_known
from dashboard.compare.tables import PARTS
from dashboard.i18n import pick, t
from dashboard.plan.figures import draw_difference, draw_level, find_cuts, find_gain_cuts
from dashboard.plan.findings import (
    HEADLINE,
    Row,
    count_pairs,
    place_values,
    show,
    show_difference,
    tell_interval,
)
from dashboard.plan.groups import FIGURES
from dashboard.plan.legends import draw_difference_legend, draw_level_legend
from dashboard.plan.numbers import find_factor
from dashboard.plan.sides import Sides
from dashboard.services import Services
from simulation.studies.details import name_wait
from simulation.studies.fairness import list_fair_indicators
from simulation.studies.rules import read_comparison
from twin.indicators import Indicator

NEAR = (60, 1440)  # minutes of which the words beside the curve speak


class View:
    """A run, two of its sides, a figure, in a language."""

    def __init__(self, services: Services, known: Known, choice: tuple[Any, Any, Any], lang: str) -> None:
        scenario, against, indicator = choice
        self.services, self.known, self.lang = services, known, lang
        self.sides: Sides = known.pick(scenario, against)
        self.indicator: Indicator = MAPPED.get(
            indicator if isinstance(indicator, str) else "", MAPPED[HEADLINE]
        )
        names = known.list_short(lang)
        self.titles = names[self.sides.against], names[self.sides.scenario]
        self.rows = parts.list_all_rows(known, self.sides)

    @property
    def key(self) -> list[Any]:
        """What decides everything that is seen."""
        status, sides = self.known.status, self.sides
        return [status.job_id, status.done, sides.scenario, sides.against, self.indicator.id, self.lang]

    def head(self) -> list[Any]:
        """Title, and what the figures stand on."""
        spec, pairs = self.known.spec, count_pairs(self.known.result)
        family = self.known.result.provenance["family"]["size"] + 1
        said = t(
            "plan.provenance", self.lang, start=spec.start, days=spec.days, seed=spec.seed, replications=pairs
        )
        several = t("compare.family", self.lang, pairs=family * (family - 1) // 2) if family > 2 else ""
        same = "{}/{}".format(*parts.count_untouched(self.known, self.sides, self.services.district))
        words = [said, several, t("compare.untouched", self.lang, units=same)]
        return [parts.tell_finding(self.rows, self.lang), " · ".join(word for word in words if word)]

    def maps(self) -> list[Any]:
        """Three figures, then names, captions, figures and legends side by side."""
        areas = self.services.district.areas
        villages = areas[areas["tier"] == "village"]
        names = self._name_places(villages)
        values = place_values(
            self.known.result, villages["code"].tolist(), self.indicator, "village", self.sides
        )
        cuts, gains = find_cuts(values, self.indicator), find_gain_cuts(values, self.indicator)
        drawn = [
            draw_level(values, values.baseline, cuts, self.indicator, names),
            draw_level(values, values.scenario, cuts, self.indicator, names),
            draw_difference(values, gains, self.indicator, names, villages),
        ]
        level = draw_level_legend(cuts, self.indicator, self.lang)
        legends = [level, level, draw_difference_legend(gains, values, self.indicator, self.lang)]
        return [
            *drawn,
            *self.titles,
            t("plan.difference", self.lang),
            *self._captions(),
            *self._figures(),
            *legends,
        ]

    def _captions(self) -> list[str]:
        name = pick(self.lang, self.indicator.name, self.indicator.name_en)
        return [name, name, t("compare.difference_caption", self.lang)]

    def _figures(self) -> list[Any]:
        row = self.rows.get(self.indicator.id)
        if row is None:
            return ["", "", ""]
        sign = {"better": "pos", "worse": "neg"}.get(row.verdict, "quiet")
        gap = html.Span(show_difference(row, self.lang), className=sign, title=tell_interval(row, self.lang))
        return [
            show(row.baseline, row.indicator, self.lang),
            show(row.scenario, row.indicator, self.lang),
            gap,
        ]

    def _name_places(self, places: pd.DataFrame) -> list[str]:
        both = zip(places["name"], places["name_en"], strict=True)
        return [pick(self.lang, str(zh), str(en)) for zh, en in both]

    def tables(self) -> list[Any]:
        """The leading figures, and the others in groups that open."""
        lead = [self.rows[i] for i in parts.GROUPS["lead"] if i in self.rows]
        groups = [(name, ids) for name, ids in FIGURES.items() if name != "lead"]
        return [self._draw_rows(lead, "lead"), [self._draw_group(name, ids) for name, ids in groups]]

    def _draw_group(self, name: str, ids: tuple[str, ...]) -> html.Details:
        rows = [self.rows[i] for i in ids if i in self.rows]
        title = html.Summary(
            [html.B(t(f"plan.figures_{name}", self.lang)), t("plan.count_all", self.lang, count=len(rows))]
        )
        return html.Details([title, self._draw_rows(rows, name)] if rows else [], className="group")

    def _draw_rows(self, rows: list[Row], name: str) -> html.Table:
        return parts.draw_rows(rows, self.titles, t(f"plan.figures_{name}", self.lang), self.lang)

    def hours(self, view: Any) -> list[Any]:
        """The flow of hours, its sentence, and the phases of cases in hand."""
        matters = self.services.district.matters.drop_duplicates("matter").set_index("matter")
        names = {
            code: pick(self.lang, str(m["matter_name"]), str(m["matter_name_en"]))
            for code, m in matters.iterrows()
        }
        drawn = (
            figures.draw_matters(self.sides, names, self.lang)
            if view == "matters"
            else figures.draw_flow(self.sides, self.lang)
        )
        words = t("compare.hours_words", self.lang, gap=figures.tell_gap(self.sides, "hours_staff_all"))
        rows = [self.rows[i] for i in parts.GROUPS["hours"] if i in self.rows]
        return [drawn, words, parts.draw_rows(rows, self.titles, t("compare.hours", self.lang), self.lang)]

    def fairness(self) -> list[Any]:
        """The worst villages, the strip of townships with its words, and every number of fairness."""
        district, lang = self.services.district, self.lang
        areas = district.areas[district.areas["tier"].isin(["village", "township"])]
        names = dict(zip(areas["code"], self._name_places(areas), strict=True))
        villages = areas.loc[areas["tier"] == "village", "code"].tolist()
        towns = areas.loc[areas["tier"] == "township", "code"].tolist()
        worst = place_values(self.known.result, villages, self.indicator, "village", self.sides)
        gaps = self.sides.gaps[self.sides.gaps["scope_kind"] == "village"]
        strip = place_values(self.known.result, towns, self.indicator, "township", self.sides)
        drawn = figures.draw_strip(
            [names[c] for c in towns],
            strip.baseline,
            strip.scenario,
            self.titles,
            find_factor(self.indicator),
        )
        fair = [self.rows[i.id] for i in list_fair_indicators() if i.id in self.rows]
        head = html.Summary([html.B(t("compare.all_fair", lang)), t("plan.count_all", lang, count=len(fair))])
        return [
            parts.draw_worst(worst, gaps, names, self.indicator, lang),
            self._tell_range(len(towns)),
            drawn,
            html.Details(
                [head, parts.draw_rows(fair, self.titles, t("compare.fairness", lang), lang)],
                className="group",
            ),
        ]

    def _tell_range(self, places: int) -> str:
        name = pick(self.lang, self.indicator.name, self.indicator.name_en)
        words = t("compare.strip_words", self.lang, places=places, name=name)
        row = self.rows.get(f"{self.indicator.id}_range_township")
        if row is None:
            return words
        ends = show(row.baseline, row.indicator, self.lang), show(row.scenario, row.indicator, self.lang)
        gap = f"{show_difference(row, self.lang)}（{tell_interval(row, self.lang)}）"
        return words + t("compare.range_words", self.lang, before=ends[0], after=ends[1], gap=gap)

    def waits(self) -> list[Any]:
        """The curves, and in words what is different within an hour and within a day."""
        titles = dict(zip((self.sides.against, self.sides.scenario), self.titles, strict=True))
        return [
            figures.draw_waits(self.sides, titles, self.lang),
            [self._tell_wait(edge) for edge in NEAR if edge in read_comparison().wait_edges],
        ]

    def _tell_wait(self, edge: float) -> html.P:
        name = name_wait(edge)
        share = Indicator(name, "", "", "", "", "%", 1)
        found = [
            self._find(self.sides.levels[self.sides.levels["scenario"] == side], name)["mean"]
            for side in (self.sides.against, self.sides.scenario)
        ]
        gap = self._find(self.sides.gaps, name)
        row = Row(share, *found, *(float(gap[c]) for c in ("mean", "low", "high")))
        words = (
            f"{show_difference(row, self.lang)}（{tell_interval(row, self.lang)}）"
            if row.verdict != "same"
            else "—"
        )
        ends = show(row.baseline, share, self.lang), show(row.scenario, share, self.lang)
        edge_words = figures.tell_edge(edge, self.lang)
        return html.P(
            t("compare.wait_words", self.lang, edge=edge_words, before=ends[0], after=ends[1], gap=words),
            className="caption",
        )

    @staticmethod
    def _find(table: pd.DataFrame, indicator: str) -> Any:
        return table[(table["scope_kind"] == "district") & (table["indicator"] == indicator)].iloc[0]

    def places(self) -> list[Any]:
        """Units touched, and every side in its rank."""
        district = self.services.district
        return [
            parts.draw_units(self.known, self.sides, district, self.lang),
            parts.draw_ranks(self.known, self.indicator, self.lang),
        ]

    def links(self) -> dict[str, str]:
        """Addresses of the tables by part of the page."""
        words = {
            "scenario": self.sides.scenario,
            "against": self.sides.against,
            "indicator": self.indicator.id,
        }
        base = f"/api/compare/{self.known.status.job_id}"
        return {part: f"{base}/{part}.csv?{urlencode(words)}" for part in PARTS}


def open_view(services: Services, job_id: Any, choice: tuple[Any, Any, Any], lang: str) -> View | None:
    """The view of a job; None where there is nothing to see yet."""
    known = find_known(services, job_id)
    return None if known is None else View(services, known, choice, lang)

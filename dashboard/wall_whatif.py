"""The run on the wall -> what the wall's script draws of it, and nothing more of the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dashboard.formats import is_missing
from dashboard.i18n import pick, t
from dashboard.plan.figures import level_steps
from dashboard.plan.findings import (
    BY_ID,
    PlaceValues,
    Row,
    count_identical,
    count_pairs,
    list_rows,
    place_values,
    show,
    show_difference,
    tell,
    tell_interval,
)
from dashboard.plan.forms import describe_change, join_words
from dashboard.plan.numbers import find_cut_digits, find_factor, write
from dashboard.services import Services
from dashboard.wall_run import tell_since
from hub.policy import WhatIfPolicy
from simulation.experiment import ExperimentResult
from simulation.measures import MEASURES
from simulation.scenario import Scenario
from simulation.studies.summary import hold_tables
from store.wall_run import ShownRun

NAMED = 4
DOUBT, SAME, NONE = 4, 5, 255  # steps of a difference beside its four hues
AXES = (5, 10, 20, 30, 40, 50, 75, 100, 200, 500)


@dataclass(frozen=True)
class Put:
    """The run that is put up: the note, its scenario, and the result of that scenario alone."""

    shown: ShownRun
    scenario: Scenario
    result: ExperimentResult


def find_put(services: Services) -> Put | None:
    """The run that a planner put on the wall; None: none, or it is kept no longer."""
    shown = services.wall_run.get()
    if shown is None:
        return None
    try:
        scenarios = services.jobs.spec(shown.job_id).read()
    except KeyError:
        return None
    result = services.jobs.result(shown.job_id)
    chosen = [scenario for scenario in scenarios if scenario.name == shown.scenario]
    if result is None or not chosen:
        return None
    put = Put(shown, chosen[0], keep_scenario(result, shown.scenario))
    return None if put.result.differences.empty else put


def keep_scenario(result: ExperimentResult, name: str) -> ExperimentResult:
    """The result of the baseline and one of its scenarios."""
    figures, differences = result.indicators, result.differences
    tables = {
        "indicators": figures[figures["scenario"].isin(["baseline", name])],
        "differences": differences[differences["scenario"] == name],
    }
    return hold_tables(tables, result.done, result.total, result.provenance)


def describe(put: Put, services: Services, policy: WhatIfPolicy, lang: str) -> dict[str, Any]:
    """Everything in the view, as JSON values; texts in one language."""
    rows = {row.indicator.id: row for row in list_rows(put.result)}
    lead = rows[policy.indicator]
    return {
        "title": put.scenario.title or put.scenario.name,
        "verdict": describe_verdict(lead, lang),
        "origin": describe_origin(put, services, lang),
        "maps": describe_maps(put, services, policy, lead, lang),
        **describe_figures([rows[name] for name in policy.rows if name in rows], lang),
        "changes": describe_measures(put.scenario, services, lang),
        "touched": describe_touched(put, services, policy, lang),
    }


def describe_verdict(row: Row, lang: str) -> dict[str, str]:
    """The sentence: from, to, the difference with its sign in words, and the interval."""
    interval = tell_interval(row, lang)
    known = row.verdict in ("better", "worse", "changed")
    word = "wall.rises" if row.difference > 0 else "wall.falls"
    size = t(word, lang, size=show_difference(row, lang).lstrip("+−±")) if known else tell(row, lang)
    return {
        "name": pick(lang, row.indicator.name, row.indicator.name_en),
        "before": show(row.baseline, row.indicator, lang),
        "after": show(row.scenario, row.indicator, lang),
        "size": size,
        "sign": row.verdict,
        "interval": t("plan.interval", lang, interval=interval) if known else "",
    }


def describe_origin(put: Put, services: Services, lang: str) -> list[str]:
    """Pairs and window; seed, district, run; who put it up."""
    facts = put.result.provenance
    pairs = {"n": count_pairs(put.result), "days": facts["days"], "start": facts["start"]}
    marks = {"seed": facts["seed"], "district": facts["district_hash"][:8], "run": put.shown.job_id[:6]}
    return [
        t("wall.whatif_pairs", lang, **pairs),
        t("wall.whatif_marks", lang, **marks),
        t("wall.whatif_since", lang, at=f"{tell_since(services, put.shown):%m-%d %H:%M}"),
    ]


def describe_maps(put: Put, services: Services, policy: WhatIfPolicy, lead: Row, lang: str) -> dict[str, Any]:
    """Steps of every village on the three maps, their legends, and how many villages are of which kind."""
    areas = services.district.areas
    codes = areas.loc[areas["tier"] == "village", "code"].tolist()
    values = place_values(put.result, codes, lead.indicator)
    steps = find_gain_steps(values, policy.strong)
    sides = (values.baseline, values.scenario)
    levels = [level_steps(side, policy.cuts, lead.indicator.better or 1).tolist() for side in sides]
    return {
        "codes": codes,
        "baseline": levels[0],
        "scenario": levels[1],
        "difference": steps.tolist(),
        "figures": [show(lead.baseline, lead.indicator, lang), show(lead.scenario, lead.indicator, lang)],
        "gap": show_difference(lead, lang),
        "legend": name_levels(policy, lead, lang),
        "gains": name_gains(policy, lead, lang),
        "counts": {
            "better": int(np.isin(steps, (2, 3)).sum()),
            "worse": int(np.isin(steps, (0, 1)).sum()),
            "unclear": int((steps == DOUBT).sum()),
            "same": int((steps == SAME).sum()),
        },
    }


def find_gain_steps(values: PlaceValues, strong: float) -> np.ndarray:
    """0 much worse, 1 worse, 2 better, 3 much better, DOUBT the interval holds zero, SAME, NONE no figure."""
    with np.errstate(invalid="ignore"):
        step = np.where(values.gain < 0, 1, 2) + np.where(values.gain <= -strong, -1, 0)
        step = step + np.where(values.gain >= strong, 1, 0)
    step = np.where(values.unclear, DOUBT, step)
    step = np.where(np.isfinite(values.gain), step, NONE)
    return np.where(values.identical, SAME, step).astype(np.uint8)


def name_levels(policy: WhatIfPolicy, row: Row, lang: str) -> list[str]:
    """Words of the level's steps, the dimmest (best) first."""
    cuts = [cut * find_factor(row.indicator) for cut in policy.cuts]
    texts = [write(cut, find_cut_digits(cuts)) for cut in cuts]
    unit = t(f"plan.unit_{row.indicator.unit}", lang)
    words = [f"<{texts[0]}", *(f"{a}–{b}" for a, b in pairwise(texts)), f"≥{texts[-1]}"]
    words = words[::-1] if (row.indicator.better or 1) > 0 else words
    return [f"{words[0]}{unit}", *words[1:]]


def name_gains(policy: WhatIfPolicy, row: Row, lang: str) -> list[str]:
    """Words of the four hues of a difference, the best first."""
    digits = find_cut_digits([policy.strong * find_factor(row.indicator)])
    size = write(policy.strong * find_factor(row.indicator), digits)
    unit = t("plan.points", lang) if row.indicator.unit == "%" else t(f"plan.unit_{row.indicator.unit}", lang)
    keys = ("better_strong", "better_weak", "worse_weak", "worse_strong")
    return [t(f"wall.whatif_{key}", lang, size=f"{size} {unit}") for key in keys]


def describe_figures(rows: Sequence[Row], lang: str) -> dict[str, Any]:
    """A line an indicator, on one axis in per cent of the baseline, turned so that right is better."""
    ends = [find_relative(row) for row in rows]
    largest = max((abs(v) for three in ends if three for v in three), default=0)
    axis = next((size for size in AXES if size >= largest), AXES[-1])
    return {"axis": axis, "rows": [_figure(row, three, lang) for row, three in zip(rows, ends, strict=True)]}


def find_relative(row: Row) -> list[float] | None:
    """Low, mean and high of the difference in per cent of the baseline; right is better."""
    if is_missing(row.low) or is_missing(row.baseline) or row.baseline == 0:
        return None
    turn = 100 * (row.indicator.better or 1) / abs(row.baseline)
    low, high = sorted((row.low * turn, row.high * turn))
    return [low, row.difference * turn, high]


def _figure(row: Row, relative: list[float] | None, lang: str) -> dict[str, Any]:
    return {
        "name": pick(lang, row.indicator.name, row.indicator.name_en),
        "formula": pick(lang, row.indicator.formula, row.indicator.formula_en),
        "before": show(row.baseline, row.indicator, lang),
        "after": show(row.scenario, row.indicator, lang),
        "gap": show_difference(row, lang),
        "interval": tell_interval(row, lang),
        "sign": row.verdict,
        "at": relative,
        "words": tell(row, lang),
    }


def describe_measures(scenario: Scenario, services: Services, lang: str) -> dict[str, list[str]]:
    """The levers by name, and what they change against the district."""
    names = [pick(lang, MEASURES[m.kind].title_zh, MEASURES[m.kind].title_en) for m in scenario.in_force]
    return {
        "levers": list(dict.fromkeys(names)),
        "lines": describe_change(services.district, scenario, lang),
    }


def describe_touched(put: Put, services: Services, policy: WhatIfPolicy, lang: str) -> list[str]:
    """Which townships get better or worse for sure, and how many units and villages stay as they are."""
    areas = services.district.areas
    towns = areas[areas["tier"] == "township"]
    values = place_values(put.result, towns["code"].tolist(), BY_ID[policy.indicator], "township")
    names = [pick(lang, zh, en) for zh, en in zip(towns["name"], towns["name_en"], strict=True)]
    lines = [_name_towns(values, names, sign, lang) for sign in (1, -1)]
    villages = int((areas["tier"] == "village").sum())
    same, units = count_same_units(put.result)
    lines.append(t("wall.whatif_units", lang, same=same, all=units))
    identical = count_identical(put.result, "village", villages)
    return [*filter(None, lines), t("wall.whatif_villages", lang, same=identical, all=villages)]


def _name_towns(values: PlaceValues, names: Sequence[str], sign: int, lang: str) -> str:
    clear = np.isfinite(values.gain) & ~values.unclear & ~values.identical
    order = np.argsort(-sign * values.gain, kind="stable")
    chosen = [names[n] for n in order if clear[n] and sign * values.gain[n] > 0]
    if not chosen:
        return ""
    key = "wall.whatif_better_in" if sign > 0 else "wall.whatif_worse_in"
    return t(key, lang, names=join_words(chosen[:NAMED], lang), n=len(chosen))


def count_same_units(result: ExperimentResult) -> tuple[int, int]:
    """Units whose load is the same to the bit in every replication, and all that have a load."""
    rows = result.differences
    rows = rows[(rows["scope_kind"] == "unit") & (rows["indicator"] == "utilisation")]
    same = (rows["mean"] == 0) & (rows["low"] == 0) & (rows["high"] == 0)
    return int(same.sum()), len(rows)

"""What was played, as tables: shares of causes, gains of levers, effects of a factorial, stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulation.diagnosis.factorial import measure_effects
from simulation.diagnosis.late import STAGES, LateRun
from simulation.diagnosis.policy import read_diagnosis_policy
from simulation.diagnosis.shapley import Players
from simulation.studies.intervals import find_interval

TOTAL, REMAINDER = "total", "remainder"
MINUTES = ("minutes", "minutes_low", "minutes_high")
POINTS = ("points", "points_low", "points_high")


@dataclass(frozen=True)
class Diagnosis:
    """The answer: tables as told in docs/reference/diagnosis.md, scenarios as TOML by name, provenance.

    causes: cause, touched, minutes and share of the total with intervals, the remainder and total last;
    levers: cause, scenario, gained minutes and points of on-time closure with intervals; effects: of the
    factorial; stages: where late cases spent their time; summary: figure, mean, low, high.
    """

    causes: pd.DataFrame
    levers: pd.DataFrame
    effects: pd.DataFrame
    stages: pd.DataFrame
    summary: pd.DataFrame
    scenarios: dict[str, str]
    done: int
    total: int
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Response:
    """Of one change, by replication: late minutes and on-time share of the cases due in the base run."""

    minutes: np.ndarray
    on_time: np.ndarray


def respond(base: Sequence[LateRun], runs: Sequence[LateRun]) -> Response:
    """The cases that are due in the window of the base run, in another run of the same draws.

    A case that the other run does not have, or that never gets a due time there, is not late in it.
    """
    minutes, on_time = [], []
    for before, after in zip(base, runs, strict=True):
        keys = before.keys[before.inside]
        _, _, place = np.intersect1d(keys, after.keys, assume_unique=True, return_indices=True)
        minutes.append(float(after.late[place].sum()) / 60)
        on_time.append(float(after.on_time[place].mean()) if len(place) else np.nan)
    return Response(np.array(minutes), np.array(on_time))


def tell_causes(
    touched: Sequence[str], shares: Mapping[str, np.ndarray], base: np.ndarray, left: np.ndarray
) -> pd.DataFrame:
    """A row a cause, largest first, then what no cause takes away and the total; minutes by replication."""
    names = read_diagnosis_policy().causes.names
    rows = [_tell_cause(cause, shares[cause], base) for cause in touched]
    rows.sort(key=lambda row: -row["minutes"])
    rows += [_tell_cause(cause, base * 0.0, base) | {"touched": 0} for cause in names if cause not in touched]
    rows += [_tell_cause(REMAINDER, left, base), _tell_cause(TOTAL, base, base)]
    return pd.DataFrame(rows)


def tell_levers(
    changes: Mapping[str, tuple[str, Response | None]], base: Response, order: Sequence[str]
) -> pd.DataFrame:
    """A row a lever: cause, scenario (blank: there is none), gains, `tells` 1 where minutes exclude 0."""
    rows = []
    for name in order:
        scenario, after = changes[name]
        gain = (
            _measure(base.minutes - after.minutes, (after.on_time - base.on_time) * 100)
            if after
            else _blank()
        )
        rows.append({"cause": name, "scenario": scenario, **gain})
    columns = ["cause", "scenario", *MINUTES, *POINTS, "tells"]
    return pd.DataFrame(rows, columns=columns)


def tell_effects(factors: Sequence[str], cells: Mapping[Players, Response], base: Response) -> pd.DataFrame:
    """A row an effect: fewer late minutes, more points of on-time closure with the measures than without."""
    columns = ["effect", "order", *MINUTES, *POINTS, "tells"]
    if not cells:
        return pd.DataFrame(columns=columns)
    minutes = measure_effects(factors, {k: base.minutes - v.minutes for k, v in cells.items()})
    points = measure_effects(factors, {k: (v.on_time - base.on_time) * 100 for k, v in cells.items()})
    rows = [
        {"effect": "+".join(group), "order": len(group), **_measure(minutes[group], points[group])}
        for group in minutes
    ]
    return pd.DataFrame(rows, columns=columns)


def tell_stages(base: Sequence[LateRun]) -> pd.DataFrame:
    """A row a stage: its share of the time from report to close of the late cases of all replications."""
    spent = np.sum([run.stages for run in base], axis=0)
    share = spent / spent.sum() if spent.sum() else spent
    return pd.DataFrame({"stage": STAGES, "minutes": spent / 60 / len(base), "share": share})


def tell_summary(base: Sequence[LateRun], response: Response) -> pd.DataFrame:
    """Due and late cases, late minutes, minutes a late case, on-time closure in points: mean, low, high."""
    late = np.array([float((run.inside & (run.late > 0)).sum()) for run in base])
    figures = {
        "due": np.array([float(run.inside.sum()) for run in base]),
        "late": late,
        "late_minutes": response.minutes,
        "minutes_a_late_case": np.divide(
            response.minutes, late, where=late > 0, out=np.full(len(base), np.nan)
        ),
        "on_time_closure": response.on_time * 100,
    }
    rows = [
        {"figure": name, **_interval(values, ("mean", "low", "high"))} for name, values in figures.items()
    ]
    return pd.DataFrame(rows)


def find_share(part: np.ndarray, whole: np.ndarray) -> tuple[float, float, float]:
    """A ratio of means over replications with its interval, by the ratio's linear residuals.

    share = mean(part) / mean(whole); the residuals part - share x whole have mean nothing, and their
    standard error over the mean of the whole is the ratio's. Source: Cochran, Sampling Techniques, 3rd ed.,
    6.4. Pairing helps here: a week with twice the late minutes has them in each part.
    """
    if not whole.mean():
        return (float("nan"),) * 3
    share = part.mean() / whole.mean()
    _, low, high, _ = find_interval((part - share * whole)[:, None])
    return float(share), float(share + low[0] / whole.mean()), float(share + high[0] / whole.mean())


def _tell_cause(cause: str, minutes: np.ndarray, base: np.ndarray) -> dict[str, Any]:
    share = dict(zip(("share", "share_low", "share_high"), find_share(minutes, base), strict=True))
    return {"cause": cause, "touched": 1, **_interval(minutes, MINUTES), **share}


def _measure(minutes: np.ndarray, points: np.ndarray) -> dict[str, Any]:
    gain = _interval(minutes, MINUTES)
    tells = int(gain["minutes_low"] > 0 or gain["minutes_high"] < 0)
    return {**gain, **_interval(points, POINTS), "tells": tells}


def _interval(values: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    mean, low, high, _ = find_interval(values[:, None])
    return dict(zip(names, (float(mean[0]), float(low[0]), float(high[0])), strict=True))


def _blank() -> dict[str, Any]:
    return dict.fromkeys((*MINUTES, *POINTS), float("nan")) | {"tells": 0}

"""Which assumed parameter moves a headline figure most: one at a time, and Morris' elementary effects."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from simulation.executors import Executor
from simulation.studies.intervals import find_interval, share_level
from simulation.studies.outcome import IDS, Job, run_replication
from simulation.studies.parameters import Parameter, Ranges, Variant
from simulation.studies.period import Period
from simulation.studies.rules import read_policy
from twin.district import District
from twin.faults import one_of, refuse

LIBRARIES = ("simpy", "numpy", "pandas", "scipy")
Method = Literal["oat", "morris"]
COLUMNS = [
    "parameter", "name", "name_en", "method", "low", "base", "high",
    "effect_low", "effect_low_from", "effect_low_to", "effect_high", "effect_high_from", "effect_high_to",
    "mu", "mu_star", "sigma", "mu_star_conf", "source",
]  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked: an indicator of the whole district over a period, so many replications of a seed."""

    indicator: str
    period: Period
    replications: int
    seed: int
    method: Method = "oat"

    def check(self) -> None:
        """DistrictFaults lists what cannot be asked."""
        enough = self.replications >= 2 or self.method == "morris"
        able = self.method == "oat" or find_spec("SALib") is not None
        tests = [
            one_of("indicator", self.indicator, IDS),
            ("replications", "below 2", enough, f"{self.replications}: an interval needs two"),
            ("method", "not installed", able, "morris needs: pip install .[sensitivity]"),
        ]
        refuse("sensitivity", tests)


@dataclass(frozen=True)
class Sensitivity:
    """The table of sensitivity.csv, largest effect first, and where it comes from."""

    table: pd.DataFrame
    provenance: dict[str, Any]


class VariantJob(NamedTuple):
    """All replications of one variant, as they are handed to an executor."""

    variant: Variant
    question: Question


def measure_variant(district: District, job: VariantJob) -> np.ndarray:
    """The indicator of each replication of a variant (top-level and pure)."""
    question, column = job.question, IDS.index(job.question.indicator)
    jobs = [Job(job.variant, question.period, question.seed, r) for r in range(question.replications)]
    return np.array([run_replication(district, one).values[0, column] for one in jobs])


def measure_sensitivity(
    district: District,
    ranges: Ranges,
    question: Question,
    executor: Executor,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Sensitivity:
    """Play every variant that the method asks for with the same draws, and tell the parameters' effects.

    Effects are in the indicator's unit (shares 0-1), differences from all parameters at their base. Morris'
    are per whole range low to high.
    """
    question.check()
    design = plan_design(ranges, question)
    figures: list[np.ndarray] = [np.empty(0)] * len(design)
    jobs = [VariantJob(_vary(ranges, row), question) for row in design]
    for done, (index, values) in enumerate(executor.run(measure_variant, jobs), start=1):
        figures[index] = values
        progress(done, len(jobs))
    known = np.array(figures)
    _refuse_missing(known, question)
    tell = tell_one_at_a_time if question.method == "oat" else tell_morris
    table = tell(ranges, design, known, question)
    return Sensitivity(table, describe_sensitivity(district, ranges, question, known, len(design)))


def plan_design(ranges: Ranges, question: Question) -> np.ndarray:
    """The factors to play: variants x parameters; the first row of one-at-a-time is all at base."""
    parameters = ranges.parameters
    if question.method == "morris":
        return sample_morris(ranges, question.seed)
    base = np.array([p.base for p in parameters])
    design = np.tile(base, (2 * len(parameters) + 1, 1))
    for number, parameter in enumerate(parameters):
        design[1 + 2 * number, number] = parameter.low
        design[2 + 2 * number, number] = parameter.high
    return design


def tell_one_at_a_time(
    ranges: Ranges, design: np.ndarray, figures: np.ndarray, question: Question
) -> pd.DataFrame:
    """Paired effects of low and high, with intervals that hold together with the policy's level.

    design: as plan_design; figures: variants x replications. The family is all the effects of the table.
    """
    level = share_level(read_policy().level, len(design) - 1)
    mean, low, high, _ = find_interval((figures[1:] - figures[0]).T, level)
    effects = np.array([mean, low, high]).T.reshape(-1, 6)
    table = _name(ranges.parameters, question.method)
    columns = [f"effect_{side}{end}" for side in ("low", "high") for end in ("", "_from", "_to")]
    table[columns] = effects
    return _order(table, np.abs(effects[:, [0, 3]]).max(axis=1))


def tell_morris(ranges: Ranges, design: np.ndarray, figures: np.ndarray, question: Question) -> pd.DataFrame:
    """Mean, mean size and spread of elementary effects per whole range, with SALib's bootstrap half-width.

    Source: Morris (1991), Technometrics 33, 161-174; mu* of Campolongo, Cariboni & Saltelli (2007),
    Environmental Modelling & Software 22, 1509-1518.
    """
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(ranges.parameters),
        design,
        figures.mean(axis=1),
        conf_level=read_policy().level,
        num_levels=ranges.method_levels,
        seed=question.seed,
    )
    table = _name(ranges.parameters, question.method)
    for name in ("mu", "mu_star", "sigma", "mu_star_conf"):
        table[name] = np.asarray(found[name], dtype=float)
    return _order(table, table["mu_star"].to_numpy())


def sample_morris(ranges: Ranges, seed: int) -> np.ndarray:
    """Morris' trajectories through the ranges: (parameters + 1) rows each."""
    from SALib.sample import morris

    problem = _problem(ranges.parameters)
    design = morris.sample(problem, ranges.trajectories, num_levels=ranges.method_levels, seed=seed)
    return np.asarray(design, dtype=float)


def describe_sensitivity(
    district: District, ranges: Ranges, question: Question, figures: np.ndarray, variants: int
) -> dict[str, Any]:
    """Where the table comes from: hashes, window, seed, design, levels, versions."""
    policy, period = read_policy(), question.period
    morris = question.method == "morris"
    return {
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "origin": district.settings.origin,
        "indicator": question.indicator,
        "method": question.method,
        "ranges_hash": hashlib.sha256(ranges.model_dump_json().encode()).hexdigest(),
        "start": period.start.isoformat(),
        "days": period.days,
        "warm_up_days": period.warm_up,
        "drain_days": period.drain,
        "replications": question.replications,
        "seed": question.seed,
        "variants": variants,
        "base": None if morris else float(figures[0].mean()),
        "level": policy.level,
        "family": {"size": 1, "method": "bootstrap of trajectories", "level_each": policy.level}
        if morris
        else {
            "size": variants - 1,
            "method": policy.family,
            "level_each": share_level(policy.level, variants - 1),
        },
        "trajectories": ranges.trajectories if morris else None,
        "levels": ranges.method_levels if morris else None,
        "versions": {name: version(name) for name in LIBRARIES + (("SALib",) if morris else ())},
    }


def _vary(ranges: Ranges, row: np.ndarray) -> Variant:
    pairs = zip(ranges.parameters, row.tolist(), strict=True)
    return Variant(tuple((parameter, factor) for parameter, factor in pairs if factor != 1))


def _problem(parameters: Sequence[Parameter]) -> dict[str, Any]:
    bounds = [[p.low, p.high] for p in parameters]
    return {"num_vars": len(parameters), "names": [p.id for p in parameters], "bounds": bounds}


def _name(parameters: Sequence[Parameter], method: str) -> pd.DataFrame:
    plain = ("name", "name_en", "low", "base", "high", "source")
    rows = [{"parameter": p.id, **{name: getattr(p, name) for name in plain}} for p in parameters]
    return pd.DataFrame(rows).assign(method=method)


def _order(table: pd.DataFrame, size: np.ndarray) -> pd.DataFrame:
    return table.reindex(columns=COLUMNS).iloc[np.argsort(-size, kind="stable")].reset_index(drop=True)


def _refuse_missing(figures: np.ndarray, question: Question) -> None:
    text = f"no case of this window gives {question.indicator} in some run: ask for more days"
    refuse("sensitivity", [(question.indicator, "no figure", bool(np.isfinite(figures).all()), text)])

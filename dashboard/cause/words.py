"""Names and sentences of a diagnosis."""

import math
from typing import Any

import pandas as pd

from dashboard.formats import count, share, signed
from dashboard.i18n import pick, t
from dashboard.plan.numbers import write
from dashboard.services import Services
from simulation.diagnosis.policy import CAUSES, read_diagnosis_policy
from simulation.diagnosis.result import REMAINDER, TOTAL, Diagnosis
from simulation.measures import Measure
from simulation.scenario import Scenario
from twin.district import District


def name_cause(cause: str, lang: str) -> str:
    """A cause, several joined by +, the remainder or the total."""
    if cause in (REMAINDER, TOTAL):
        return t(f"cause.{cause}", lang)
    names = read_diagnosis_policy().causes
    return " + ".join(pick(lang, names.names[c], names.names_en[c]) for c in cause.split("+"))


def name_subject(district: District, code: str, lang: str) -> str:
    """The name of a place, body or matter; its code where there is none."""
    for table, key, zh in ((district.areas, "code", "name"), (district.units, "code", "name"),
                           (district.grids, "code", "name"), (district.matters, "matter", "matter_name"),
                           (district.matters, "item", "item_name")):  # fmt: skip
        row = table[table[key] == code]
        if len(row):
            english = f"{zh}_en"
            return pick(lang, str(row.iloc[0][zh]), str(row.iloc[0].get(english, "")))
    return code


def say_finding(services: Services, found: Diagnosis, lang: str) -> str:
    """The page's title: the largest cause with its interval, or that none can be told from nothing."""
    place = name_subject(services.district, found.provenance["subject"], lang)
    rows = found.causes[found.causes["cause"].isin(CAUSES)]
    if not found.causes.iloc[-1]["minutes"]:
        return t("cause.title_none", lang, place=place)
    largest = rows.iloc[0]
    if not largest["share_low"] > 0:
        return t("cause.title_doubt", lang, place=place)
    low, high = share(largest["share_low"], 0), share(largest["share_high"], 0)
    words = {"share": share(largest["share"]), "low": low, "high": high}
    return t("cause.title", lang, place=place, cause=name_cause(largest["cause"], lang), **words)


def span(low: float, high: float, digits: int = 0) -> str:
    """13,900 ~ 17,300."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{write(low, digits)} ~ {write(high, digits)}"


def describe_lever(services: Services, found: Diagnosis, name: str, lang: str) -> str:
    """What a scenario does, its measures in a few words."""
    text = found.scenarios.get(name)
    if text is None:
        return t("cause.no_lever", lang)
    parts = [_describe(services.district, measure, lang) for measure in Scenario.from_toml(text).measures]
    return pick(lang, "；", "; ").join(dict.fromkeys(parts))


def _describe(district: District, measure: Measure, lang: str) -> str:
    title = pick(lang, measure.title_zh, measure.title_en)
    fields = measure.model_dump()
    units: Any = fields.get("to_units") or [fields.get("place") or ""]
    where = name_subject(district, units[0], lang) if units[0] else ""
    values = {"title": title, "where": where, "items": len(fields.get("items", ()))}
    values |= {
        "count": count(fields.get("count")),
        "tier": t(f"cause.tier_{fields.get('tier') or 'none'}", lang),
    }
    values |= {"keep": share(fields.get("keep"), 0), "factor": share(fields.get("factor"), 0)}
    values |= {"minutes": signed(fields.get("minutes_later")), "up": share(fields.get("keep_up"), 0)}
    return t(f"cause.do_{measure.kind}", lang, **values)


def tell_source(found: Diagnosis, lang: str) -> str:
    """Window, seed, replications, runs: where the figures come from."""
    facts = found.provenance
    return t(
        "cause.source",
        lang,
        start=facts["start"],
        days=facts["days"],
        replications=facts["replications"],
        seed=facts["seed"],
        level=share(facts["level"], 0),
        runs=found.total,
        hash=facts["run_id"][:8],
    )


def figure(table: pd.DataFrame, name: str) -> Any:
    """A row of the summary."""
    return table.set_index("figure").loc[name]

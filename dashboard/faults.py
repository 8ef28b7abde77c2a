"""Faults in the reader's language: the rule's sentence, with the row's name and the numbers of its message.

Sentences stand in locale/<lang>/fault.json under their rule, or in the file of a page that tells them itself
(`bad_<rule>`); names of fields under `row_<field>`. A measure's
faults are told in the words of its form. Where no sentence is known the fault tells itself.
"""

import re

from dashboard.i18n import catalogue, pick
from simulation.measures import MEASURES
from twin.faults import DistrictFaults, Fault

MEASURE = "scenario "
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def tell_error(error: DistrictFaults, lang: str) -> str:
    """Everything that was refused, one sentence after the other."""
    return _join([tell_fault(fault, lang) for fault in error.faults], lang)


def tell_text(text: str, lang: str) -> str:
    """The faults that a text was written from, each on its line; any other line as it stands."""
    pairs = [(line, Fault.parse(line)) for line in text.splitlines()]
    return _join([tell_fault(fault, lang) if fault else line for line, fault in pairs], lang)


def _join(sentences: list[str], lang: str) -> str:
    """Sentences, the same one once."""
    return pick(lang, "；", "; ").join(dict.fromkeys(sentences))


def tell_fault(fault: Fault, lang: str) -> str:
    """One fault in a sentence."""
    if fault.table.startswith(MEASURE):
        return _tell_measure(fault, lang)
    words = catalogue(lang)
    rule = fault.rule.replace(" ", "_")
    sentence = words.get(f"fault.{rule}", words.get(f"{fault.table}.bad_{rule}"))
    row = words.get(f"fault.row_{fault.row}", fault.row)
    numbers = NUMBER.findall(fault.message)
    named = {"count": numbers[0], "places": f"{row} ({numbers[0]})"} if numbers else {"places": row}
    try:
        return sentence.format(*numbers, row=row, **named) if sentence else str(fault)
    except (IndexError, KeyError):
        return str(fault)


def _tell_measure(fault: Fault, lang: str) -> str:
    kind = fault.table.removeprefix(MEASURE)
    name = pick(lang, MEASURES[kind].title_zh, MEASURES[kind].title_en) if kind in MEASURES else kind
    where = f" ({fault.row})" if fault.row else ""
    return pick(lang, "：", ": ").join([name, tell_rule(fault, lang)]) + where


def tell_rule(fault: Fault, lang: str) -> str:
    """What a measure's fault says, without where it is."""
    return catalogue(lang).get(f"plan.fault_{fault.rule.replace(' ', '_')}", fault.message)

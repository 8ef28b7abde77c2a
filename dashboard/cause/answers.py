"""What the page may ask about, and what is known of a job."""

from typing import Any

import pandas as pd

from dashboard import studying
from dashboard.cause.words import name_subject
from dashboard.guard import current_scope
from dashboard.i18n import pick, t
from dashboard.services import Services
from hub.scopes import Scope
from hub.studies.diagnosis import DiagnosisStudy, check_subject, unpack_diagnosis
from simulation.diagnosis.output import TABLES
from simulation.diagnosis.result import Diagnosis
from twin.district import District
from twin.faults import DistrictFaults


def list_subjects(district: District, scope: Scope, lang: str) -> list[dict[str, Any]]:
    """Townships, villages, bodies of the district and matters of a part, by kind."""
    areas, units = district.areas, district.units
    towns = areas.loc[(areas["tier"] == "township") & areas["code"].isin(scope.areas), "code"]
    villages = areas.loc[(areas["tier"] == "village") & areas["code"].isin(scope.areas), "code"]
    bodies = units.loc[(units["tier"] == "district") & units["code"].isin(scope.units), "code"]
    groups = {"township": towns, "body": bodies, "village": villages}
    found = [_group(name, codes, district, lang) for name, codes in groups.items() if len(codes)]
    if scope.is_whole:
        table = district.matters.drop_duplicates("matter")
        rows = zip(table["matter"], table["matter_name"], table["matter_name_en"], strict=True)
        items = [{"value": code, "label": pick(lang, zh, en)} for code, zh, en in rows]
        found.insert(1, {"group": t("cause.group_matter", lang), "items": items})
    return found


def _group(name: str, codes: Any, district: District, lang: str) -> dict[str, Any]:
    items = [{"value": code, "label": name_subject(district, code, lang)} for code in codes]
    return {"group": t(f"cause.group_{name}", lang), "items": items}


def find_known(services: Services, seen: Any) -> tuple[str, Diagnosis] | None:
    """A job's id and its diagnosis, where it is done and its subject lies in this session's part."""
    known = studying.read_known(services, seen, DiagnosisStudy.kind, unpack_diagnosis)
    if known is None or known[1] is None:
        return None
    try:
        check_subject(services.district, known[1].provenance["subject"], current_scope(services))
    except DistrictFaults:
        return None
    return known[0].job_id, known[1]


def list_tables(services: Services, job_id: str) -> dict[str, pd.DataFrame] | None:
    """The tables of a diagnosis that this session may see, by name."""
    known = find_known(services, [job_id])
    return None if known is None else {name: getattr(known[1], name) for name in TABLES}

"""Why is a place late: a diagnosis as a job."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from hub.results import pack_tables, unpack_tables
from hub.scopes import Scope
from hub.studies.base import Plain, Step, Workbench, bound_window, read_start
from simulation.diagnosis.diagnose import Inquiry, count_runs, diagnose
from simulation.diagnosis.output import TABLES
from simulation.diagnosis.policy import read_diagnosis_policy
from simulation.diagnosis.result import Diagnosis
from simulation.diagnosis.subject import find_subject
from twin.district import District
from twin.faults import DistrictFaults, Fault, refuse

MOST_DAYS, MOST_REPLICATIONS = 31, 60


class DiagnosisStudy:
    """Spec: code, start, and where they are not as usual days, replications, seed."""

    kind = "diagnosis"

    def check(self, plain: Plain) -> dict[str, Any]:
        """The spec with the usual window where none is given; DistrictFaults where it is out of bounds."""
        usual = read_diagnosis_policy().run
        numbers = {
            name: int(plain.get(name) or getattr(usual, name)) for name in ("days", "replications", "seed")
        }
        refuse(self.kind, bound_window(numbers, MOST_DAYS, MOST_REPLICATIONS, least=2))
        start = read_start(self.kind, plain)
        return {"code": str(plain["code"]), "start": start, **numbers}

    def count(self, spec: Plain) -> int:
        """The runs of a diagnosis in which every cause is touched."""
        return count_runs(int(spec["replications"]))

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step after the runs of each coalition and lever; only the last one says anything."""
        asked = Inquiry(**{**spec, "start": date.fromisoformat(spec["start"])})
        for known in diagnose(bench.district, asked, bench.executor, stop):
            if isinstance(known, Diagnosis):
                yield Step(known.done, known.total, partial(pack_diagnosis, known))
            elif known[0] < known[1]:
                yield Step(*known, partial(pack_tables, {"done": known[0], "total": known[1]}, {}))


def pack_diagnosis(found: Diagnosis) -> bytes:
    """The bytes of a diagnosis; the same content gives the same bytes."""
    head = {name: getattr(found, name) for name in ("done", "total", "provenance", "scenarios")}
    return pack_tables(head, {name: getattr(found, name) for name in TABLES})


def unpack_diagnosis(body: bytes) -> Diagnosis | None:
    """The diagnosis of some bytes; None where they tell only how far it is."""
    head, tables = unpack_tables(body)
    return Diagnosis(**tables, **head) if tables else None


def check_subject(district: District, code: str, scope: Scope) -> None:
    """DistrictFaults for a code that means nothing, or that lies outside a part of the district."""
    subject = find_subject(district, code)
    if scope.is_whole:
        return
    grids = district.places.loc[scope.grids, "grid"]
    inside = {"unit": scope.units, "grid": set(grids)}.get(subject.kind, scope.areas)
    if subject.kind in ("district", "matter") or code not in inside:
        raise DistrictFaults([Fault("diagnosis", code, "outside your part", "ask of a place or body in it")])

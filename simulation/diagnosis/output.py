"""The files of a diagnosis."""

from pathlib import Path

from simulation.diagnosis.result import Diagnosis
from simulation.studies.output import write_csv, write_facts

TABLES = ("causes", "levers", "effects", "stages", "summary")


def write_diagnosis(folder: Path, found: Diagnosis, seconds: float, place: int | str) -> None:
    """A CSV file a table, the scenario of each lever as TOML under scenarios/, and run.json.

    All but run.json are the same bytes for the same arguments.
    """
    library = folder / "scenarios"
    library.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        write_csv(getattr(found, name), folder / f"{name}.csv")
    for name, text in found.scenarios.items():
        (library / f"{name}.toml").write_text(text, encoding="utf-8")
    write_facts(found.provenance, folder / "run.json", seconds, place)

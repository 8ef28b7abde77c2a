"""The files of a search."""

from pathlib import Path

from simulation.optimising.findings import Findings
from simulation.studies.output import write_csv, write_facts


def write_findings(folder: Path, found: Findings, seconds: float, place: int | str) -> None:
    """scenario.toml, a CSV a table, run.json; all but the last are the same bytes for the same arguments."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(found.scenario.to_toml(), encoding="utf-8")
    for name, table in found.tables.items():
        write_csv(table, folder / f"{name}.csv")
    notes = {name: list(figures) for name, figures in found.notes.items()}
    facts = {**found.provenance, "stage": found.stage, "notes": notes, "placed": found.plan.size}
    write_facts(facts, folder / "run.json", seconds, place)

"""import_district(mapping, root, out): anybody's files -> a district folder and its report."""

import shutil
from pathlib import Path

import pandas as pd

from twin.district import District
from twin.faults import DistrictFaults
from twin.importing.bodies import Bodies, build_bodies, measure_weekend, unit_layer
from twin.importing.mapping import Mapping, read_mapping
from twin.importing.places import Places, build_places
from twin.importing.report import Report
from twin.importing.requests import read_requests
from twin.load import check_folder, complete_table, save_district
from twin.settings import Clock, Demand, DistrictSettings, Play


def import_district(mapping_file: str | Path, root: str | Path, out: str | Path) -> Report:
    """Write a district folder with report.html; all or nothing: DistrictFaults lists what is wrong."""
    mapping_file, root, out = Path(mapping_file), Path(root), Path(out)
    mapping = read_mapping(mapping_file, root)
    report = Report(f"{mapping.district.name} {mapping.district.name_en} · 导入报告 import report")
    places = build_places(mapping, root, report)
    used = read_requests(mapping, root, places.metric, report)
    weekend = measure_weekend(used["created"])
    bodies = build_bodies(mapping, places, used, weekend)
    report.add("派生 Derived", "单位 units", len(bodies.units))
    report.add("派生 Derived", "岗位 posts", len(bodies.posts), "按规则补 filled in by rule，假定 assumed")
    report.add("派生 Derived", "事项 matters", len({row["matter"] for row in bodies.matters}))
    report.add("派生 Derived", "每工作日诉求 reports a working day", f"{bodies.demand['per_day'].sum():.1f}")
    district = assemble(mapping, mapping_file.name, places, bodies, used, weekend)
    put_in_force(district, report, out)
    return report


def put_in_force(district: District, report: Report, out: Path) -> None:
    """Write beside the place, check, then move there: what stands at `out` stays until all is well."""
    draft = out.with_name(f"{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    save_district(district, draft)
    faults = check_folder(draft)
    if faults:
        shutil.rmtree(draft)
        raise DistrictFaults(faults)
    (draft / "report.html").write_text(report.to_html(), encoding="utf-8", newline="\n")
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)


def assemble(
    mapping: Mapping, origin: str, places: Places, bodies: Bodies, used: pd.DataFrame, weekend: float
) -> District:
    """The district of its parts; optional columns take their defaults."""
    rules = mapping.bodies
    shares = used["channel"].value_counts(normalize=True).sort_index()
    bodies.cite("channels", dict(shares.round(4)), "measured", "requests.channel by mapping channels")
    bodies.cite("demand.weekend", round(weekend, 3), "measured", "weekend day over weekday")
    bodies.cite("demand.hourly", "", "assumed", mapping.sources.get("demand.hourly", "mapping"))
    settings = DistrictSettings(
        **mapping.district.model_dump(),
        crs="EPSG:4326",
        origin=f"import --mapping {origin}",
        label="real",
        clock=Clock(work_hours=rules.shift),
        demand=Demand(hourly=mapping.demand.hourly, weekend=round(weekend, 4)),
        channels=settle_shares(shares),
        play=Play(**mapping.play),
    )
    shifts = [dict(zip(("start", "end"), window.split("-"), strict=True)) for window in rules.shift]
    tables = {
        "posts": pd.DataFrame(bodies.posts),
        "shifts": pd.DataFrame([{"shift": "day", "days": "workdays", **window} for window in shifts]),
        "matters": pd.DataFrame(bodies.matters),
        "demand": bodies.demand,
        "routes": pd.DataFrame(bodies.routes).fillna({"delay_kind": "", "delay_law": "", "delay_clock": ""}),
        "mandates": pd.DataFrame(bodies.mandates),
        "duties": pd.DataFrame(bodies.duties),
        "calendar": pd.DataFrame({"date": [], "day": [], "name": []}, dtype=str),
        "preferences": pd.DataFrame({"area": [], "role": [], "rank": [], "unit": []}, dtype=str),
        "sources": pd.DataFrame(bodies.sources),
    }
    tables["routes"] = fill_routes(tables["routes"])
    layers = {
        "areas": places.areas,
        "grids": places.grids,
        "units": unit_layer(bodies),
        "roads": places.roads,
        "buildings": places.buildings,
    }
    complete = {name: complete_table(name, table) for name, table in (tables | layers).items()}
    return District(settings=settings, **complete)


def settle_shares(shares: pd.Series) -> dict[str, float]:
    """Shares of four digits that sum to one."""
    rounded = {str(name): round(float(value), 4) for name, value in shares.items()}
    last = max(rounded, key=lambda name: rounded[name])
    rounded[last] = round(1 - sum(value for name, value in rounded.items() if name != last), 4)
    return rounded


def fill_routes(routes: pd.DataFrame) -> pd.DataFrame:
    """Blank where a step has no such column."""
    texts = {"delay_when": ""}
    numbers = {"crew": 1, "cv": 0.9, "travel": 0, "delay_share": 0.0, "delay_value": 0.0, "delay_cv": 1.0}
    return routes.fillna(texts | numbers)

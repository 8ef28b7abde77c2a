"""A district folder -> District, and back; all faults gathered, raised once."""

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

os.environ.setdefault("GDAL_SKIP", "VRT,GTI,WMS,WCS,WFS,OAPIF,CSW")

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
import shapely
from pydantic import ValidationError

from twin.checks import check_district
from twin.district import TABLE_NAMES, District
from twin.faults import DistrictFaults, Fault
from twin.schema import DEFAULTS, EMPTY, LAYERS, OPTIONAL, TABLES, blank_layer, blank_table
from twin.settings import DistrictSettings


def load_district(path: str | Path) -> District:
    """Read and check a district folder; DistrictFaults lists everything that is wrong with it."""
    folder = Path(path)
    faults: list[Fault] = []
    settings = _read_settings(folder, faults)
    tables = {name: _read_table(folder, name, settings, faults) for name in TABLE_NAMES}
    if faults or settings is None:
        raise DistrictFaults(faults)
    district = District(settings=settings, **tables, hash=hash_folder(folder))  # type: ignore[arg-type]
    faults = check_district(district)
    if faults:
        raise DistrictFaults(faults)
    return district


def check_folder(path: str | Path) -> list[Fault]:
    """Every fault of a district folder; empty when there is none."""
    try:
        load_district(path)
    except DistrictFaults as error:
        return error.faults
    return []


def save_district(district: District, path: str | Path) -> None:
    """Write a district as a folder; the same content gives the same bytes."""
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.toml").write_text(render_settings(district.settings), encoding="utf-8", newline="\n")
    for name in TABLE_NAMES:
        table = getattr(district, name)
        if name in OPTIONAL and table.empty:
            continue
        if name in LAYERS:
            (folder / f"{name}.geojson").write_text(render_layer(table), encoding="utf-8", newline="\n")
        else:
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def read_table(name: str, path: str | Path) -> pd.DataFrame:
    """A table of a district from a CSV file of its own; DistrictFaults lists what is wrong with it."""
    try:
        return complete_table(name, _read_csv(Path(path)))
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DistrictFaults([Fault(name, "", "not readable", str(error).splitlines()[0])]) from error


def complete_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A copy with the optional columns filled in and checked; raises DistrictFaults."""
    faults: list[Fault] = []
    completed = _validate(name, table, faults)
    if faults:
        raise DistrictFaults(faults)
    return completed


def hash_folder(folder: Path) -> str:
    """SHA-256 over the names and bytes of a district's files."""
    digest = hashlib.sha256()
    names = ["district.toml", *(f"{n}.geojson" if n in LAYERS else f"{n}.csv" for n in TABLE_NAMES)]
    for name in names:
        if (folder / name).is_file():
            digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()


def render_layer(layer: gpd.GeoDataFrame, decimals: int = 6) -> str:
    """Canonical GeoJSON: one feature a line, sorted keys, fixed decimals."""
    columns = [c for c in layer.columns if c != layer.geometry.name]
    grid = 10.0**-decimals
    lines = []
    for number, shape in enumerate(shapely.set_precision(layer.geometry.array, 0)):
        properties = {c: _plain(layer[c].iloc[number]) for c in columns}
        geometry = _round(shapely.geometry.mapping(shape), decimals, grid)
        feature = {"geometry": geometry, "properties": properties, "type": "Feature"}
        lines.append(json.dumps(feature, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return '{"features":[\n' + ",\n".join(lines) + '\n],"type":"FeatureCollection"}\n'


def render_settings(settings: DistrictSettings) -> str:
    """district.toml of some settings."""
    plain = settings.model_dump(mode="json")
    sections = {key: value for key, value in plain.items() if isinstance(value, dict)}
    lines = [
        f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in plain.items() if key not in sections
    ]
    for name, section in sections.items():
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_render_value(value)}" for key, value in section.items()]
    return "\n".join(lines) + "\n"


def _render_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_render_value(v)}" for key, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _read_settings(folder: Path, faults: list[Fault]) -> DistrictSettings | None:
    try:
        text = (folder / "district.toml").read_text(encoding="utf-8")
        return DistrictSettings(**tomllib.loads(text))
    except FileNotFoundError:
        faults.append(Fault("district.toml", "", "file missing", f"put it into {folder}"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault("district.toml", "", "not readable", str(error)))
    except ValidationError as error:
        for item in error.errors():
            where = ".".join(str(part) for part in item["loc"])
            faults.append(Fault("district.toml", where, "value", item["msg"]))
    return None


def _read_table(
    folder: Path, name: str, settings: DistrictSettings | None, faults: list[Fault]
) -> pd.DataFrame | None:
    layer = name in LAYERS
    path = folder / (f"{name}.geojson" if layer else f"{name}.csv")
    if not path.is_file():
        if name in OPTIONAL:
            return blank_layer(name, settings.crs if settings else None) if layer else blank_table(name)
        faults.append(Fault(name, "", "file missing", f"put {path.name} into {folder}"))
        return None
    try:
        table = _read_layer(path, settings) if layer else _read_csv(path)
    except Exception as error:
        faults.append(Fault(name, "", "not readable", str(error).splitlines()[0]))
        return None
    if table.empty and name not in EMPTY:
        faults.append(Fault(name, "", "empty", "needs at least one row"))
        return None
    if table.empty and layer:
        table = table.reindex(columns=[*TABLES[name].columns, "geometry"])
    return _validate(name, table, faults)


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _read_layer(path: Path, settings: DistrictSettings | None) -> gpd.GeoDataFrame:
    collection = json.loads(path.read_text(encoding="utf-8-sig"))
    features = collection["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    properties = [feature["properties"] for feature in features]
    return gpd.GeoDataFrame(properties, geometry=shapes, crs=settings.crs if settings else None)


def _validate(name: str, table: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    schema = TABLES[name]
    table = table.copy()
    for column, value in DEFAULTS[name].items():
        if column not in table:
            table[column] = value
        else:
            blank = table[column].isna() | (table[column].eq("") & (not isinstance(value, str)))
            table[column] = table[column].where(~blank, value)
    try:
        checked = schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        faults.extend(_describe(name, table, error))
        return table
    keep = [*schema.columns, "geometry"] if name in LAYERS else list(schema.columns)
    return checked[keep].reset_index(drop=True)


def _describe(name: str, table: pd.DataFrame, error: pa.errors.SchemaErrors) -> list[Fault]:
    key = next(iter(TABLES[name].columns))
    faults = []
    for case in error.failure_cases.itertuples():
        if case.check == "column_in_dataframe":
            faults.append(Fault(name, "", "column missing", f"add the column {case.failure_case}"))
            continue
        row = ""
        if pd.notna(case.index):
            line = int(case.index)
            label = table[key].iloc[line] if key in table else ""
            row = f"row {line + 2} {label}".strip()
        faults.append(Fault(name, row, f"{case.column}: {case.check}", f"found {case.failure_case!r}"))
    return faults


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.item() if hasattr(value, "item") else value


def _round(value: Any, decimals: int, grid: float) -> Any:
    if isinstance(value, dict):
        return {key: _round(item, decimals, grid) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_round(item, decimals, grid) for item in value]
    return round(value, decimals) + 0.0 if isinstance(value, float) else value

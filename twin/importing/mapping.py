"""The mapping file: which file is which layer, which column means what, and every rule that fills a gap."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from twin.faults import DistrictFaults, Fault


class Section(BaseModel):
    """A part of a mapping; an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DistrictKeys(Section):
    """What district.toml says of the place itself."""

    name: str
    name_en: str = ""
    code: str = Field(min_length=2)
    metric_crs: str
    time_zone: str
    work_calendar: Literal["china", "weekdays", "always"] = "weekdays"
    licence: str = ""


class Layer(Section):
    """One layer of areas: file, layer inside it, the column of names, CRS where the file has none."""

    file: str
    layer: str = ""
    name: str
    crs: str = ""
    kind: str = ""


class Roads(Section):
    """The road layer: the column of classes, and class and speed (km/h) of each of its values."""

    file: str
    layer: str = ""
    crs: str = ""
    class_column: str = ""
    classes: dict[str, tuple[str, float]] = {}
    default: tuple[str, float] = ("minor", 30.0)


class Buildings(Section):
    """The layer of buildings, points or polygons, and the column of their households (blank: unknown)."""

    file: str
    layer: str = ""
    crs: str = ""
    households_column: str = ""


class Layers(Section):
    """Grids, the two tiers above them, roads and buildings."""

    grids: Layer
    villages: Layer
    townships: Layer
    roads: Roads | None = None
    buildings: Buildings | None = None


class Columns(Section):
    """Names of the columns of the requests."""

    id: str
    created: str
    closed: str
    due: str = ""
    status: str = ""
    item: str
    matter: str
    channel: str = ""
    place_name: str = ""
    longitude: str
    latitude: str


class Requests(Section):
    """The log of requests: format and zone of its dates, and what is not a request at all."""

    file: str
    date_format: str
    zone: str
    columns: Columns
    placeholders: tuple[tuple[float, float], ...] = ()
    not_counted: dict[str, str] = {}
    instant_seconds: float = 60.0


class Matters(Section):
    """How items and matters are made of the log's values."""

    items_a_matter: int = Field(6, ge=1)
    least_requests: int = Field(20, ge=1)
    default_limit_hours: float = Field(72, gt=0)
    names: dict[str, str] = {}
    other: str = "其他 Other"


class Bodies(Section):
    """Who handles what, and the rule that fills in posts: as many as keep them busy at `target`."""

    tier_of: dict[str, Literal["township", "district"]] = {}
    touch_minutes: dict[str, float] = {}
    default_minutes: float = Field(45, gt=0)
    travel_minutes: float = Field(25, ge=0)
    cv: float = Field(0.9, gt=0)
    target: float = Field(0.6, gt=0, lt=1)
    least_posts: int = Field(2, ge=1)
    shift: tuple[str, ...] = ("08:00-12:00", "13:00-17:00")
    duty_share: float = Field(0.2, ge=0, lt=1)
    desk_minutes: float = Field(4, gt=0)
    township_posts: int = Field(6, ge=0)
    village_posts: int = Field(3, ge=0)
    longest_cv: float = Field(2.0, gt=0)


class Demand(Section):
    """The level of demand: requests of the log times `scale`; profile of the hours."""

    scale: float = Field(1.0, gt=0)
    hourly: tuple[float, ...] = (1.0,) * 24


class Mapping(Section):
    """A whole mapping file."""

    district: DistrictKeys
    layers: Layers
    requests: Requests
    matters: Matters = Matters()
    bodies: Bodies = Bodies()
    demand: Demand = Demand()
    channels: dict[str, str] = {}
    play: dict[str, Any] = {}
    sources: dict[str, str] = {}


def read_mapping(path: Path, root: Path) -> Mapping:
    """The mapping of a file; DistrictFaults lists every wrong key and every missing file together."""
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DistrictFaults([Fault(path.name, "", "not TOML", str(error))]) from error
    try:
        mapping = Mapping(**plain)
    except ValidationError as error:
        raise DistrictFaults(
            [Fault(path.name, ".".join(str(p) for p in e["loc"]), "value", e["msg"]) for e in error.errors()]
        ) from error
    layers = mapping.layers
    files = {"layers.grids": layers.grids.file, "layers.villages": layers.villages.file}
    files |= {"layers.townships": layers.townships.file, "requests": mapping.requests.file}
    if layers.roads:
        files["layers.roads"] = layers.roads.file
    if layers.buildings:
        files["layers.buildings"] = layers.buildings.file
    faults = [
        Fault(path.name, f"{key}.file", "file missing", f"no {name} in {root}")
        for key, name in files.items()
        if not (root / name).is_file()
    ]
    if faults:
        raise DistrictFaults(faults)
    return mapping

"""The log of requests -> used rows with their place, and every other row under one reason."""

import difflib
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd

from twin.faults import DistrictFaults, Fault
from twin.importing.mapping import Mapping
from twin.importing.report import Report

SECTION = "诉求数据的缺陷 Defects of the requests"
MOST_NAMED = 12
DUPLICATE, NO_DATE = "编号重复 id stands twice", "上报时间读不出 created date not readable"
INSTANT = "即开即结，未做工作 closed at once, no work done"
NO_PLACE = "无可用坐标且地名不识 no usable coordinates, place name unknown"
OUTSIDE = "坐标在所有网格外且地名不识 outside every grid, place name unknown"


def read_requests(mapping: Mapping, root: Path, grids: gpd.GeoDataFrame, report: Report) -> pd.DataFrame:
    """Used requests: grid, matter, item, channel, created (local), hours, limit_hours (NaN where unknown).

    Every row is used or stands under one reason of the report; DistrictFaults where a column is missing.
    """
    settings = mapping.requests
    raw = pd.read_csv(root / settings.file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    check_columns(mapping, raw)
    rows = translate(mapping, raw)
    report.rows = len(rows)
    rows["reason"] = ""
    set_reason(rows, rows["id"].duplicated(), DUPLICATE)
    set_reason(rows, rows["created"].isna(), NO_DATE)
    for status, reason in settings.not_counted.items():
        set_reason(rows, rows["status"] == status, f"{reason} ({status})")
    instant = rows["closed"].notna() & (rows["seconds"] <= settings.instant_seconds)
    set_reason(rows, instant, INSTANT)
    place(mapping, rows, grids, report)
    tell_defects(mapping, rows, instant, report)
    used = rows[rows["reason"] == ""]
    report.used = len(used)
    report.reasons = {
        str(k): int(v) for k, v in rows.loc[rows["reason"] != "", "reason"].value_counts().items()
    }
    hours = used["seconds"].where(used["seconds"] > settings.instant_seconds) / 3600
    kept = ["grid", "matter", "item", "channel", "created", "limit_hours"]
    return used[kept].assign(hours=hours).reset_index(drop=True)


def check_columns(mapping: Mapping, raw: pd.DataFrame) -> None:
    """All columns that the mapping names and the file lacks, in one go."""
    names = {key: value for key, value in mapping.requests.columns.model_dump().items() if value}
    faults = [
        Fault(mapping.requests.file, f"requests.columns.{key}", "column missing", f"no {value!r}")
        for key, value in names.items()
        if value not in raw
    ]
    if faults:
        raise DistrictFaults(faults)


def translate(mapping: Mapping, raw: pd.DataFrame) -> pd.DataFrame:
    """Our names, dates in the file's zone, seconds to close; an unreadable value is missing."""
    columns, settings = mapping.requests.columns, mapping.requests
    rows = pd.DataFrame({"id": raw[columns.id], "matter": raw[columns.matter], "item": raw[columns.item]})
    rows["status"] = raw[columns.status] if columns.status else ""
    rows["channel_name"] = raw[columns.channel] if columns.channel else ""
    rows["place_name"] = raw[columns.place_name].str.strip() if columns.place_name else ""
    for name in ("created", "closed", "due"):
        column = getattr(columns, name)
        rows[name] = read_dates(raw[column], settings.date_format, settings.zone) if column else pd.NaT
    rows["longitude"] = pd.to_numeric(raw[columns.longitude], errors="coerce")
    rows["latitude"] = pd.to_numeric(raw[columns.latitude], errors="coerce")
    rows["seconds"] = (rows["closed"] - rows["created"]).dt.total_seconds()
    rows["limit_hours"] = (rows["due"] - rows["created"]).dt.total_seconds() / 3600
    rows["channel"] = rows["channel_name"].map(mapping.channels).fillna("hotline")
    return rows


def read_dates(texts: pd.Series, form: str, zone: str) -> pd.Series:
    """Moments of local wall-clock texts; the hour that a clock change repeats is taken as the first."""
    naive = pd.to_datetime(texts, format=form, errors="coerce")
    return naive.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def set_reason(rows: pd.DataFrame, chosen: pd.Series, reason: str) -> None:
    """Give a reason to rows that have none yet."""
    rows.loc[chosen & (rows["reason"] == ""), "reason"] = reason


def place(mapping: Mapping, rows: pd.DataFrame, grids: gpd.GeoDataFrame, report: Report) -> None:
    """The grid of each row: by its point, else by its place name when that is a grid's name."""
    missing = rows["longitude"].isna() | rows["latitude"].isna()
    placeholder = pd.Series(False, index=rows.index)
    for longitude, latitude in mapping.requests.placeholders:
        placeholder |= (rows["longitude"] == longitude) & (rows["latitude"] == latitude)
    usable = ~missing & ~placeholder
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(rows.loc[usable, "longitude"], rows.loc[usable, "latitude"]),
        index=rows.index[usable],
        crs=4326,
    ).to_crs(grids.crs)
    hits = points.sjoin(grids[["code", "geometry"]], predicate="intersects").sort_values(
        "code", kind="stable"
    )
    by_point = hits.loc[~hits.index.duplicated(), "code"].reindex(rows.index)
    known = dict(zip(grids["name"].map(normalise), grids["code"], strict=True))
    by_name = rows["place_name"].map(normalise).map(known)
    rows["grid"] = by_point.fillna(by_name)
    set_reason(rows, rows["grid"].isna() & ~usable, NO_PLACE)
    set_reason(rows, rows["grid"].isna() & usable, OUTSIDE)
    good = rows["reason"] == ""
    report.add(
        SECTION, "坐标缺失 coordinates missing", int(missing.sum()), "按地名落格 placed by name where known"
    )
    report.add(SECTION, "占位坐标 placeholder coordinates", int(placeholder.sum()), "同上 the same")
    both = int((missing | placeholder).sum())
    share = f"{100 * both / max(len(rows), 1):.1f} %"
    report.add(SECTION, "坐标缺失或占位合计 missing or placeholder together", both, share)
    report.add(SECTION, "按地名落格 placed by name", int((good & by_point.isna()).sum()), "采用 used")
    differ = good & by_point.notna() & by_name.notna() & (by_point != by_name)
    report.add(
        SECTION, "坐标与地名不一致 point and name disagree", int(differ.sum()), "以坐标为准 the point counts"
    )
    tell_spellings(rows, grids, report)


def tell_spellings(rows: pd.DataFrame, grids: gpd.GeoDataFrame, report: Report) -> None:
    """Place names that no grid carries; the nearest spelling is suggested, never merged."""
    names = set(grids["name"])
    named = rows[rows["place_name"] != ""]
    exact, alike = (
        named["place_name"].isin(names),
        named["place_name"].map(normalise).isin({normalise(n) for n in names}),
    )
    loose = int((alike & ~exact).sum())
    report.add(
        SECTION,
        "地名大小写或标点不同 names that differ in case or marks",
        loose,
        "视为相同 taken as the same",
    )
    unknown = named.loc[~alike, "place_name"].value_counts()
    report.add(
        SECTION,
        "地名拼写对不上 names that match no grid",
        int(unknown.sum()),
        f"{len(unknown)} 种写法 spellings; 只建议 suggested only",
    )
    report.add(SECTION, "无地名 rows without a place name", int((rows["place_name"] == "").sum()))
    for name, count in unknown.head(MOST_NAMED).items():
        near = difflib.get_close_matches(str(name), sorted(names), n=1, cutoff=0.6)
        report.add(
            "地名建议 Spellings",
            str(name),
            int(count),
            f"或为 perhaps: {near[0]}" if near else "无相近 nothing alike",
        )


def tell_defects(mapping: Mapping, rows: pd.DataFrame, instant: pd.Series, report: Report) -> None:
    """Counts of what is odd but does not lose a row, and of what does."""
    good = rows["reason"] == ""
    opened = rows["closed"].isna()
    report.add(
        SECTION,
        "即开即结 closed within a minute",
        int(instant.sum()),
        f"{100 * instant.mean():.1f} %；未采用 not used",
    )
    report.add(
        SECTION,
        "仍未结案 still open",
        int(opened.sum()),
        f"其中 {int((opened & good).sum()):,} 计入诉求、不计时长 used as demand, not for times",
    )
    backwards = rows["seconds"] < 0
    report.add(
        SECTION, "结案早于上报 closed before created", int(backwards.sum()), "不计时长 not used for times"
    )
    report.add(
        SECTION, "无时限 without a due date", int(rows["due"].isna().sum()), "用缺省时限 default limit"
    )
    odd = rows["limit_hours"] <= 0
    report.add(
        SECTION, "时限不晚于上报 due at or before creation", int(odd.sum()), "不计时限 not used for limits"
    )
    late = good & (rows["closed"] > rows["due"])
    report.add(
        SECTION,
        "超期结案 closed after due",
        int(late.sum()),
        f"{100 * late.sum() / max(int(good.sum()), 1):.1f} % 采用行 of used rows",
    )
    hours = rows.loc[good, "created"].dt.hour.value_counts(normalize=True)
    if len(hours):
        peak = int(hours.idxmax())
        report.add(
            SECTION,
            f"最密小时 busiest hour {peak:02d}",
            f"{100 * hours.max():.1f} %",
            "小时分布不采信，用映射给定的 hours are not trusted; the mapping's profile is used",
        )
    unknown = rows.loc[~rows["channel_name"].isin(mapping.channels), "channel_name"]
    report.add(SECTION, "渠道未映射 channels not in the mapping", len(unknown), "按热线 taken as hotline")


def normalise(name: object) -> str:
    """A name without case, marks and double blanks."""
    return re.sub(r"[\W_]+", " ", str(name).casefold()).strip()

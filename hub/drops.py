"""Files of events from platforms without an interface: all of a file or nothing, with every fault by row."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from hub.ingest import Ingest
from hub.places import PlaceFinder
from hub.senders import ADDRESS, DEFAULTS, EXTRA, GIVEN
from hub.sheets import Sheet, SheetFault, SheetLimits, read_sheet
from store.event_rows import EventFaults, RowFault
from store.events import Act
from store.links import CaseLink
from store.source_keys import SourceKey
from twin.district import District
from twin.eventlog import TIMES

DEFAULTS_FILE = Path(__file__).resolve().parent.parent / "data" / "defaults" / "drop.toml"
NEEDED = ("case_id", "occurred_at", "state", "matter")
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel counts days on a wall clock
SERIALS = (36526.0, 73050.0)  # 2000 to 2099
NAMED = {"matter": ("item", "item_name"), "unit": ("code", "name"), "grid": ("code", "name")}

Columns = dict[str, Any]


class TimeForms(BaseModel):
    """How times may be written."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    formats: tuple[str, ...]


class DropPolicy(BaseModel):
    """The keys of drop.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    limits: SheetLimits
    times: TimeForms
    headings: dict[str, tuple[str, ...]]
    words: dict[str, dict[str, str]]


class Dropped(BaseModel):
    """What became of a file."""

    model_config = ConfigDict(frozen=True)
    file: str
    rows: int
    stored: int
    duplicate: int
    conflict: int
    mended: list[str]


@cache
def load_drop_policy(path: Path = DEFAULTS_FILE) -> DropPolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return DropPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))


class Drops:
    """Takes files. Rows without an event_id get one from what they say: a file twice changes nothing."""

    def __init__(self, ingest: Ingest, district: District, policy: DropPolicy | None = None) -> None:
        self.ingest, self.policy = ingest, policy or load_drop_policy()
        self.places, self.zone = PlaceFinder(district), ZoneInfo(district.settings.time_zone)
        self.headings = {name: name for name in (*GIVEN, *EXTRA)}
        for name, others in self.policy.headings.items():
            self.headings |= dict.fromkeys(others, name)
        self.words = {name: dict(words) for name, words in self.policy.words.items()}
        for column, (code, name) in NAMED.items():
            table = {"matter": district.matters, "unit": district.units, "grid": district.grids}[column]
            self.words[column] = _name_once(table[name].tolist(), table[code].tolist())
        matters = district.matters
        self.priorities = dict(zip(matters["item"], matters["priority"].astype(int).tolist(), strict=True))

    def take(self, file: IO[bytes], name: str, key: SourceKey) -> Dropped:
        """Store the events of a file for a key's source.

        Raises SheetFault where the file is no table, EventFaults with the row numbers of the file otherwise.
        """
        sheet = read_sheet(file, self.policy.limits)
        faults: list[RowFault] = []
        columns = self._name_columns(sheet, faults)
        links = self._complete(columns, key.source, faults)
        detail = {"key_id": key.key_id, "file": name[:100], "rows": len(sheet.numbers)}
        act = Act(f"source:{key.source}", "file received", key.source, detail)
        if "replay" not in key.scopes and "replay" in columns.get("origin", ()):
            raise SheetFault("origin replay: this key has no scope replay")
        try:
            answers = self.ingest.accept(pd.DataFrame(columns), act, links=links, faults=faults)
        except EventFaults as error:
            raise EventFaults(_renumber(error.faults, sheet.numbers)) from None
        count = dict.fromkeys(("stored", "duplicate", "conflict"), 0)
        for answer in answers:
            count[answer.status] += 1
        return Dropped(file=name[:100], rows=len(answers), **count, mended=sheet.mended)

    def _name_columns(self, sheet: Sheet, faults: list[RowFault]) -> Columns:
        """The columns of a sheet under the log's names, in the log's words; unknown headings are refused."""
        names = [self.headings.get(heading) for heading in sheet.headings]
        unknown = [h for h, name in zip(sheet.headings, names, strict=True) if name is None]
        doubled = sorted({name for name in names if name and names.count(name) > 1})
        missing = [name for name in NEEDED if name not in names]
        wrong = [f"heading {heading!r} is not known" for heading in unknown]
        wrong += [f"two headings mean {name}" for name in doubled]
        wrong += [f"no heading for {name}: {' or '.join(self._say(name))}" for name in missing]
        if wrong:
            raise SheetFault("; ".join(wrong))
        if not sheet.numbers:
            raise SheetFault("there are headings but no rows")
        columns: Columns = {}
        for name in names:
            columns[str(name)] = self._translate(str(name), [cell.strip() for cell in sheet.columns.pop(0)])
        return columns

    def _say(self, name: str) -> list[str]:
        return [heading for heading, column in self.headings.items() if column == name]

    def _translate(self, name: str, values: list[str]) -> list[str]:
        words = self.words.get(name)
        if not words:
            return values
        known = {value: words.get(value, value) for value in set(values)}
        return [known[value] for value in values]

    def _complete(self, columns: Columns, source: str, faults: list[RowFault]) -> list[CaseLink]:
        """Fill in what a file leaves out and read its times and places; the links of its cases."""
        rows = len(columns["case_id"])
        if "event_id" not in columns:
            columns["event_id"] = _make_ids([columns[name] for name in sorted(columns)])
        columns["source"] = [source] * rows
        for name, value in DEFAULTS.items():
            columns[name] = [given or value for given in columns.get(name, [""] * rows)]
        if "priority" not in columns:
            columns["priority"] = [self.priorities.get(item) for item in columns["matter"]]
        for name in TIMES:
            if name in columns:
                columns[name] = self._read_times(name, columns, faults)
        self._place(columns, faults)
        return _link(columns, source, faults)

    def _read_times(self, name: str, columns: Columns, faults: list[RowFault]) -> pd.DatetimeIndex:
        texts = columns[name]
        for form in self.policy.times.formats:
            if _fits(texts[0], form):
                try:
                    naive = pd.to_datetime(pd.Series(texts, dtype="str"), format=form)
                except (ValueError, TypeError, OverflowError):
                    break
                return pd.DatetimeIndex(naive.dt.as_unit("us").dt.tz_localize(
                    self.zone, ambiguous=False, nonexistent="shift_forward"
                )).tz_convert("UTC")  # fmt: skip
        moments = [
            self._read_time(text, partial(_note, faults, columns, row, name))
            for row, text in enumerate(texts)
        ]
        return pd.DatetimeIndex(pd.array(moments, dtype="datetime64[us, UTC]"))

    def _read_time(self, text: str, refuse: Callable[[str], None]) -> datetime | None:
        """A time in one of the listed forms, ISO 8601 or an Excel serial; without a zone it is local."""
        if not text:
            return None
        moment = _parse_time(text, self.policy.times.formats)
        if moment is None or not 1900 < moment.year < 9999:
            refuse(f"{text[:40]!r} is not a time such as 2026-05-11 08:30")
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _place(self, columns: Columns, faults: list[RowFault]) -> None:
        """Degrees become metres; a missing grid is found from the place."""
        rows = len(columns["case_id"])
        for name, most in (("lon", 180.0), ("lat", 90.0), ("x", 1e9), ("y", 1e9)):
            if name in columns:
                columns[name] = _read_numbers(columns, name, most, faults)
        if ("lon" in columns) != ("lat" in columns) or {"lon", "x"} <= columns.keys():
            raise SheetFault("send longitude with latitude, or x with y")
        if "lon" in columns:
            lon, lat = columns.pop("lon"), columns.pop("lat")
            xs, ys = np.full(rows, np.nan), np.full(rows, np.nan)
            known = ~(np.isnan(lon) | np.isnan(lat))
            if known.any():
                metres = np.array(self.places.to_metres(lon[known], lat[known]))
                xs[known], ys[known] = metres[:, 0], metres[:, 1]
            columns["x"], columns["y"] = xs, ys
        if "x" in columns and "y" in columns:
            grids = np.array(columns.get("grid", [""] * rows), dtype=object)
            away = (grids == "") & ~np.isnan(columns["x"]) & ~np.isnan(columns["y"])
            if away.any():
                grids[away] = self.places.find_grids(columns["x"][away], columns["y"][away])
            columns["grid"] = grids


def _name_once(names: Sequence[str], codes: Sequence[str]) -> dict[str, str]:
    """Code of each name that only one code has."""
    once = pd.Series(codes, index=names)
    return {str(name): str(code) for name, code in once[~once.index.duplicated(keep=False)].items() if name}


def _make_ids(columns: Sequence[Sequence[str]]) -> list[str]:
    join, digest = "\x1f".join, hashlib.sha256
    return [digest(join(row).encode()).hexdigest()[:32] for row in zip(*columns, strict=True)]


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - only whether it fits
    except ValueError:
        return False
    return True


def _parse_time(text: str, formats: Sequence[str]) -> datetime | None:
    try:
        serial = float(text)
    except ValueError:
        serial = 0.0
    if SERIALS[0] <= serial <= SERIALS[1]:
        return SERIAL_START + timedelta(seconds=round(serial * 86_400))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a zone is added where there is none
        except ValueError:
            continue
    return None


def _read_numbers(columns: Columns, name: str, most: float, faults: list[RowFault]) -> np.ndarray:
    numbers = np.full(len(columns[name]), np.nan)
    for row, text in enumerate(columns[name]):
        if text:
            with suppress(ValueError):
                numbers[row] = float(text)
            if not abs(numbers[row]) <= most:
                faults.append(_fault(columns, row, name, f"{text[:40]!r} is not a number up to {most:g}"))
    return numbers


def _link(columns: Columns, source: str, faults: list[RowFault]) -> list[CaseLink]:
    urls = columns.pop("source_url", None)
    if urls is None:
        return []
    for row, url in enumerate(urls):
        if url and not ADDRESS.fullmatch(url):
            faults.append(_fault(columns, row, "source_url", "is not an http(s) address"))
    pairs = dict(zip(columns["case_id"], urls, strict=True))
    return [CaseLink(case_id, source, url) for case_id, url in pairs.items() if url]


def _fault(columns: Mapping[str, Any], row: int, name: str, rule: str) -> RowFault:
    return RowFault(row, str(columns["event_id"][row])[:200], name, rule)


def _note(faults: list[RowFault], columns: Columns, row: int, name: str, rule: str) -> None:
    faults.append(_fault(columns, row, name, rule))


def _renumber(faults: Sequence[RowFault], numbers: Sequence[int]) -> list[RowFault]:
    return [RowFault(numbers[f.row], f.event_id, f.column, f.message) for f in faults]

"""A file that somebody dropped -> headings and columns of text; what cannot be trusted is refused."""

import csv
import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel, ConfigDict, Field

UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
LARGEST_EXACT = 10**15  # a longer number in a cell has lost digits
DELIMITERS = ",\t;"
CHUNK, MOST_KNOWN = 10_000, 20_000
#: What openpyxl raises over a broken file.
BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, TypeError, IndexError, OSError,
    AttributeError, SyntaxError, EOFError, RecursionError, OverflowError,
)  # fmt: skip


class SheetLimits(BaseModel):
    """How much of a file is read; explained in drop.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    csv_rows: int = Field(gt=0)
    xlsx_rows: int = Field(gt=0)
    columns: int = Field(gt=0)
    members: int = Field(gt=0)
    ratio: float = Field(gt=1)
    unpacked_bytes: int = Field(gt=0)


class SheetFault(ValueError):
    """A file that cannot be read as a table, and why."""


@dataclass
class Sheet:
    """Headings, columns of text, the number of each row in its file, and what was mended on the way."""

    headings: list[str]
    columns: list[list[str]]
    numbers: Sequence[int]
    mended: list[str]


def read_sheet(file: IO[bytes], limits: SheetLimits) -> Sheet:
    """The table of a CSV or XLSX file, told apart by its first bytes; SheetFault with the reason otherwise.

    CSV is strict UTF-8, else GB18030; cells of XLSX become text, formulas as they are written.
    """
    start = file.read(4)
    file.seek(0)
    mended: list[str] = []
    if start.startswith(b"PK"):
        return _gather(_read_xlsx(file, limits, mended), limits.xlsx_rows, limits.columns, mended)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise SheetFault("this is no CSV and no XLSX; an old .xls has to be saved as .xlsx or CSV")
    return _gather(_read_csv(file.read(), mended), limits.csv_rows, limits.columns, mended)


def _gather(rows: Iterator[list[str]], most: int, widest: int, mended: list[str]) -> Sheet:
    """Rows -> columns, a chunk at a time: a million small lists would be slow to keep."""
    headings = [heading.strip() for heading in next(rows, [])]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise SheetFault("the first row holds the headings, and it is empty")
    if len(headings) > widest:
        raise SheetFault(f"more than {widest} columns")
    columns: list[list[str]] = [[] for _ in headings]
    known: list[dict[str, str]] = [{} for _ in headings]  # the same word is kept once
    numbers, number = array("l"), 2
    while chunk := list(islice(rows, CHUNK)):
        kept = _square(chunk, number, len(headings))
        numbers.extend(kept)
        if len(kept) > most or len(numbers) > most:
            raise SheetFault(f"more than {most:,} rows: cut the file; CSV takes more rows than XLSX")
        for column, seen, values in zip(columns, known, zip(*kept.values(), strict=True), strict=False):
            column.extend(map(seen.setdefault, values, values) if len(seen) < MOST_KNOWN else values)
        number += len(chunk)
    return Sheet(headings, columns, numbers, mended)


def _square(rows: list[list[str]], first: int, width: int) -> dict[int, list[str]]:
    """The rows that say anything, by number, each as wide as the headings."""
    kept: dict[int, list[str]] = {}
    for number, row in enumerate(rows, first):
        if len(row) > width and not any(row[width:]):
            del row[width:]
        if len(row) != width and any(row):
            raise SheetFault(f"row {number}: {len(row)} cells under {width} headings")
        if any(row):
            kept[number] = row
    return kept


def _read_csv(raw: bytes, mended: list[str]) -> Iterator[list[str]]:
    text = _decode(raw, mended)
    if UNSEEN.search(text):
        text, count = UNSEEN.subn("", text)
        mended.append(f"{count} characters that cannot be seen were taken out")
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter, lines = max(DELIMITERS, key=head.count), io.BytesIO(text.encode())
    del text
    rows = csv.reader(io.TextIOWrapper(lines, "utf-8", newline=""), delimiter=delimiter, strict=True)
    try:
        yield from rows
    except csv.Error as error:
        raise SheetFault(f"line {rows.line_num}: {error}") from None


def _decode(raw: bytes, mended: list[str]) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise SheetFault("UTF-16 or a binary file: save it as CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        mended.append("read as GB18030, for it is not UTF-8")
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise SheetFault(f"neither UTF-8 nor GB18030: byte {error.start}") from None


def _read_xlsx(file: IO[bytes], limits: SheetLimits, mended: list[str]) -> Iterator[list[str]]:
    _check_archive(file, limits)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        if len(book.worksheets) > 1:
            mended.append(f"only the first sheet, {sheet.title}, was read")
        for number, cells in enumerate(sheet.iter_rows(max_col=limits.columns + 1, values_only=True), 1):
            yield [_show_cell(value, number) for value in cells]
    except BROKEN as error:
        raise SheetFault(f"the XLSX cannot be read: {type(error).__name__} {str(error)[:100]}") from None


def _check_archive(file: IO[bytes], limits: SheetLimits) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SheetFault(f"the XLSX is cut short or broken: {str(error)[:100]}") from None
    if len(members) > limits.members:
        raise SheetFault(f"an archive of {len(members)} parts; at most {limits.members}")
    unpacked = sum(member.file_size for member in members)
    bomb = any(member.file_size > limits.ratio * max(1, member.compress_size) for member in members)
    if bomb or unpacked > limits.unpacked_bytes:
        raise SheetFault(f"an archive that unpacks to {unpacked:,} bytes: more than a sheet needs")
    if not any(member.filename == "[Content_Types].xml" for member in members):
        raise SheetFault("an archive, but no XLSX")
    file.seek(0)


def _show_cell(value: Any, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return UNSEEN.sub("", value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if abs(value) >= LARGEST_EXACT:
            raise SheetFault(f"row {number}: {value!r} lost digits in Excel: format the column as text")
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, datetime):
        whole = value + timedelta(milliseconds=500)  # a serial number is never quite on the second
        return whole.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else UNSEEN.sub("", str(value))

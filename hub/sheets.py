"""A file that somebody dropped -> headings and rows of text; what cannot be trusted is refused with its reason."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel, ConfigDict, Field

UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
LARGEST_EXACT = 10**15  # a longer number in a cell has lost digits
DELIMITERS = ",\t;"


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
    """Headings, rows of text, the number of each row in its file, and what was mended on the way."""

    headings: list[str]
    rows: list[list[str]]
    numbers: list[int]
    mended: list[str] = field(default_factory=list)


def read_sheet(file: BinaryIO, limits: SheetLimits) -> Sheet:
    """The table of a CSV or XLSX file, told apart by its first bytes; SheetFault with the reason otherwise.

    CSV is strict UTF-8, else GB18030; cells of XLSX become text, formulas as they are written.
    """
    start = file.read(4)
    file.seek(0)
    if start.startswith(b"PK"):
        rows, mended = _read_xlsx(file, limits)
    elif start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise SheetFault("this is no CSV and no XLSX; an old .xls has to be saved as .xlsx or CSV")
    else:
        rows, mended = _read_csv(file.read(), limits)
    if not rows:
        raise SheetFault("the file is empty: the first row holds the headings")
    return _square(rows, mended)


def _square(rows: list[list[str]], mended: list[str]) -> Sheet:
    headings = [heading.strip() for heading in rows[0]]
    while headings and not headings[-1]:
        headings.pop()
    width = len(headings)
    numbers = [number for number, row in enumerate(rows[1:], 2) if any(row)]
    kept = [row for row in rows[1:] if any(row)]
    for number, row in zip(numbers, kept, strict=True):
        if len(row) != width:
            if len(row) < width or any(row[width:]):
                raise SheetFault(f"row {number}: {len(row)} cells under {width} headings")
            del row[width:]
    return Sheet(headings, kept, numbers, mended)


def _read_csv(raw: bytes, limits: SheetLimits) -> tuple[list[list[str]], list[str]]:
    text, mended = _decode(raw)
    if UNSEEN.search(text):
        text, count = UNSEEN.subn("", text)
        mended.append(f"{count} characters that cannot be seen were taken out")
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(DELIMITERS, key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > limits.csv_rows + 1:
                raise SheetFault(f"more than {limits.csv_rows:,} rows: cut the file")
    except csv.Error as error:
        raise SheetFault(f"row {len(rows) + 1}: {error}") from None
    if rows and len(rows[0]) > limits.columns:
        raise SheetFault(f"more than {limits.columns} columns")
    return rows, mended


def _decode(raw: bytes) -> tuple[str, list[str]]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise SheetFault("UTF-16 or a binary file: save it as CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030"), ["read as GB18030, for it is not UTF-8"]
    except UnicodeDecodeError as error:
        raise SheetFault(f"neither UTF-8 nor GB18030: byte {error.start}") from None


def _read_xlsx(file: BinaryIO, limits: SheetLimits) -> tuple[list[list[str]], list[str]]:
    _check_archive(file, limits)
    mended: list[str] = []
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        if len(book.worksheets) > 1:
            mended.append(f"only the first sheet, {sheet.title}, was read")
        rows = list(_read_cells(sheet.iter_rows(max_col=limits.columns + 1, values_only=True), limits))
    except SheetFault:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, OSError,
            AttributeError, SyntaxError, EOFError, RecursionError) as error:  # fmt: skip
        raise SheetFault(f"the XLSX cannot be read: {type(error).__name__} {str(error)[:100]}") from None
    return rows, mended


def _check_archive(file: BinaryIO, limits: SheetLimits) -> None:
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


def _read_cells(rows: Iterable[tuple[Any, ...]], limits: SheetLimits) -> Iterator[list[str]]:
    width = 0
    for number, cells in enumerate(rows, 1):
        if number > limits.xlsx_rows + 1:
            raise SheetFault(f"more than {limits.xlsx_rows:,} rows: save it as CSV, which takes more")
        if number == 1:
            width = len(cells)
            if width > limits.columns:
                raise SheetFault(f"more than {limits.columns} columns")
        texts = [_show_cell(value, number) for value in cells]
        yield texts + [""] * (width - len(texts))


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
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else UNSEEN.sub("", str(value))

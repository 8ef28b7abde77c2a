"""An experiment's result as bytes and back: a JSON head, its tables as Arrow IPC; nothing is unpickled."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.ipc

from simulation.experiment import ExperimentResult
from simulation.studies.summary import hold_tables

TABLES = ("indicators", "differences", "details", "contrasts", "narrowing")
Tables = Mapping[str, pd.DataFrame]
LENGTH = struct.Struct("<I")


def pack_result(result: ExperimentResult) -> bytes:
    """The bytes of a result; the same result gives the same bytes."""
    head = {"done": result.done, "total": result.total, "provenance": result.provenance}
    return pack_tables(head, {name: getattr(result, name) for name in TABLES})


def unpack_result(body: bytes) -> ExperimentResult:
    """The result of some bytes."""
    head, tables = unpack_tables(body)
    return hold_tables(tables, head["done"], head["total"], head["provenance"])


def pack_tables(head: Mapping[str, Any], tables: Tables) -> bytes:
    """A head of plain values and tables by name as bytes; the same content gives the same bytes.

    The way for every study whose result is figures and tables.
    """
    return pack_parts(head, {name: _pack_table(table) for name, table in tables.items()})


def unpack_tables(body: bytes) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """What pack_tables packed."""
    head, parts = unpack_parts(body)
    return head, {name: _unpack_table(part) for name, part in parts.items()}


def unpack_table(body: bytes, name: str) -> pd.DataFrame:
    """One of the tables that pack_tables packed."""
    return _unpack_table(unpack_parts(body)[1][name])


def pack_parts(head: Mapping[str, Any], parts: Mapping[str, bytes]) -> bytes:
    """The length of a JSON text (uint32, little-endian), the text (head, sizes of the parts), the parts."""
    sizes = [[name, len(body)] for name, body in parts.items()]
    text = json.dumps({"head": head, "sizes": sizes}, sort_keys=True, ensure_ascii=False).encode()
    return LENGTH.pack(len(text)) + text + b"".join(parts.values())


def unpack_parts(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What pack_parts packed."""
    start = LENGTH.size + LENGTH.unpack_from(body)[0]
    text = json.loads(body[LENGTH.size : start])
    parts = {}
    for name, size in text["sizes"]:
        parts[name] = body[start : start + size]
        start += size
    return text["head"], parts


def _pack_table(table: pd.DataFrame) -> bytes:
    plain = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    for number, field in enumerate(plain.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            coded = plain.column(number).cast(pa.string()).dictionary_encode()
            plain = plain.set_column(number, field.name, coded)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    return sink.getvalue().to_pybytes()


def _unpack_table(body: bytes) -> pd.DataFrame:
    plain = pa.ipc.open_stream(body).read_all()
    for number, field in enumerate(plain.schema):
        if pa.types.is_dictionary(field.type):
            plain = plain.set_column(number, field.name, plain.column(number).cast(pa.string()))
    return plain.to_pandas()

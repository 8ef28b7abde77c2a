"""An experiment's result as bytes and back: a JSON head, two tables as Arrow IPC; nothing is unpickled."""

import json
import struct

import pandas as pd
import pyarrow as pa
import pyarrow.ipc

from simulation.experiment import ExperimentResult

TABLES = ("indicators", "differences")
LENGTH = struct.Struct("<I")


def pack_result(result: ExperimentResult) -> bytes:
    """The bytes of a result; the same result gives the same bytes."""
    tables = [_pack_table(getattr(result, name)) for name in TABLES]
    head = {"done": result.done, "total": result.total, "provenance": result.provenance}
    head["sizes"] = [len(table) for table in tables]
    text = json.dumps(head, sort_keys=True, ensure_ascii=False).encode()
    return LENGTH.pack(len(text)) + text + b"".join(tables)


def unpack_result(body: bytes) -> ExperimentResult:
    """The result of some bytes."""
    start = LENGTH.size + LENGTH.unpack_from(body)[0]
    head = json.loads(body[LENGTH.size : start])
    tables = {}
    for name, size in zip(TABLES, head["sizes"], strict=True):
        tables[name] = _unpack_table(body[start : start + size])
        start += size
    return ExperimentResult(**tables, done=head["done"], total=head["total"], provenance=head["provenance"])


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

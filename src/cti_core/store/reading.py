"""Rows of a result as the dataclasses of `store.rows`."""

from typing import Any

from sqlalchemy import Row

from cti_core.call_control.privacy import PhoneNumber
from cti_core.store.rows import CallRow, ConnectionRow, RecordingRow, RecordingState


def call_row(row: Row[Any]) -> CallRow:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    for number in ("caller", "called"):
        values[number] = None if values[number] is None else PhoneNumber(values[number])
    values["data"] = tuple(sorted(values["data"].items()))  # PostgreSQL keeps no order of keys
    return CallRow(**values)


def connection_row(row: Row[Any]) -> ConnectionRow:
    return ConnectionRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def recording_row(row: Row[Any]) -> RecordingRow:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return RecordingRow(**values | {"state": RecordingState(values["state"])})

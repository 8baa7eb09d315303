"""Information items out of the hospital's file."""

from collections.abc import Iterable
from datetime import date

from cti_core.toml_table import TomlTable
from hospital.information.model import InfoItem, Items

ITEM = r"[a-z0-9][a-z0-9-]{0,63}"  # it stands in the names of prompts


def read_items(tables: Iterable[TomlTable]) -> Items:
    """Faults are blamed on the tables' text."""
    items: dict[str, InfoItem] = {}
    for table in tables:
        table.required("item")
        name = table.text("item", pattern=ITEM)
        item = InfoItem(
            item=name,
            valid_from=_date(table, "valid_from", date.min),
            valid_to=_date(table, "valid_to", date.max),
        )
        table.done()
        if name in items:
            table.blame("item", f'item "{name}" stands here twice')
        if item.valid_from > item.valid_to:
            table.blame("valid_to", "lies before valid_from")
        items.setdefault(name, item)
    return Items(items)


def _date(table: TomlTable, key: str, usual: date) -> date:
    text = table.text(key)
    if not text:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError:
        table.blame(key, f'"{text}" is no date; an example is "2026-10-01"')
        return usual

"""Information items: what may be told, and in which days."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoItem:
    """`item` names the text in every channel. Expired and withdrawn items are not reachable (A-INF-2)."""

    item: str
    valid_from: date = date.min
    valid_to: date = date.max  # the last day

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class Items:
    by_name: dict[str, InfoItem]

    def valid(self, name: str, day: date) -> InfoItem | None:
        item = self.by_name.get(name)
        return item if item and item.valid_on(day) else None

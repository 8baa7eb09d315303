"""Information as a service: which text may be told now."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_core.ports import Reply, ServiceDown
from hospital.information.model import Items

NAME = "information"


class Information:
    """Request `item` with the value `item`: `found` with `item`, or `not_found`."""

    def __init__(self, items: Items, timezone: ZoneInfo) -> None:
        self._items = items
        self._timezone = timezone

    @property
    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        return {"item": tuple(self._items.by_name)}

    async def ask(self, request: str, values: Mapping[str, str], now: datetime) -> Reply:
        if request != "item":
            raise ServiceDown(f'{NAME} does not know the request "{request}"')
        if "item" not in values:
            raise ServiceDown(f"{NAME} was not told which item")
        found = self._items.valid(values["item"], now.astimezone(self._timezone).date())
        return Reply("found", (("item", found.item),)) if found else Reply("not_found")

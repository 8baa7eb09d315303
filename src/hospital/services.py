"""The hospital as a call sees it: services by name behind `cti_core.ports.Services`. One row here makes a service known."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cti_core.call_control.actions import AskService
from cti_core.faults import ConfigError, Fault
from cti_core.ports import Reply, ServiceDown
from cti_core.toml_table import TomlTable, TomlText
from hospital.hours import service as hours
from hospital.hours.repository import read_hours
from hospital.information import service as information
from hospital.information.repository import read_items

TIMEZONE = "Asia/Shanghai"


class Service(Protocol):
    """One business service. `now` is aware; raises ServiceDown."""

    @property
    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """Values that come from a closed list, by name."""
        ...

    async def ask(self, request: str, values: Mapping[str, str], now: datetime) -> Reply: ...


class HospitalServices:
    """Implements `cti_core.ports.Services`."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._services)

    @property
    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        """What values of these names can be, for those who have to speak or show each of them."""
        return {name: words for service in self._services.values() for name, words in service.vocabulary.items()}

    async def ask(self, request: AskService, now: datetime) -> Reply:
        """Raises ServiceDown, also for a service nobody knows."""
        service = self._services.get(request.service)
        if service is None:
            known = ", ".join(self._services)
            raise ServiceDown(f'there is no service "{request.service}"; there are {known}')
        return await service.ask(request.request, dict(request.values), now)


def load_services(path: Path) -> HospitalServices:
    """The services as `hospital.toml` describes them. Raises ConfigError with all faults."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as why:
        message = f"cannot be read: {why.strerror if isinstance(why, OSError) else 'not UTF-8'}"
        raise ConfigError([Fault(file=str(path), line=0, message=message)]) from None
    return parse_services(text, str(path))


def parse_services(text: str, file: str) -> HospitalServices:
    """As `load_services`, from the text that stands in `file`. Raises ConfigError."""
    source = TomlText(text, file)
    root = TomlTable(source)
    timezone = _timezone(root)
    services: dict[str, Service] = {
        hours.NAME: hours.OpeningHours(read_hours(root.table("opening_hours"), timezone)),
        information.NAME: information.Information(read_items(root.tables("information")), timezone),
    }
    root.done()
    source.verdict()
    return HospitalServices(services)


def _timezone(root: TomlTable) -> ZoneInfo:
    name = root.text("timezone", TIMEZONE)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        root.blame("timezone", f'there is no time zone "{name}"; an example is {TIMEZONE}')
        return ZoneInfo(TIMEZONE)

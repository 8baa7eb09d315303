"""The part of a configuration that describes SIP lines."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from drivers.sip.dialog import address
from drivers.sip.digest import Account
from drivers.sip.message import Address
from drivers.sip.sdp import Law
from drivers.sip.states import Keys, Plan, PortPlan

LINES: Final = 8
LINES_MAX: Final = 1000
PREFIX: Final = "line_"
PORT_MAX: Final = 65535
SESSION_S: Final = range(90, 86401)  # RFC 4028 §5
EXPIRES_S: Final = range(60, 86401)

_BOARD: Final = frozenset(
    {
        *{"lines", "host", "advertise", "port", "rtp_first", "peers"},
        *{"codecs", "dtmf", "session_s", "rtp_timeout_s", "options_s"},
    }
)
_LINE: Final = frozenset(
    {"kind", "user", "auth_user", "password", "password_file", "registrar", "gateway", "domain", "expires_s"}
)


class _Table:
    """Reads one table, noting what is wrong."""

    def __init__(self, values: Mapping[str, object], known: frozenset[str], prefix: str, faults: list[str]) -> None:
        self._values = values
        self._prefix = prefix
        self._faults = faults
        for key in values:
            if key not in known and not (not prefix and key.startswith(PREFIX)):
                self.blame(key, f"unknown; there are {', '.join(sorted(known))}")

    def blame(self, key: str, message: str) -> None:
        self._faults.append(f"{self._prefix}{key}: {message}")

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str = "") -> str:
        value = self._values.get(key, default)
        if isinstance(value, str) and all(letter.isprintable() and letter not in '<>" ' for letter in value):
            return value
        self.blame(key, "is no text without spaces, quotes and angle brackets")
        return default

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._values.get(key, default)
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            return tuple(value)
        self.blame(key, "is no list of texts")
        return default

    def whole(self, key: str, default: int, allowed: range) -> int:
        value = self._values.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
            return value
        self.blame(key, f"{value!r} is no whole number from {allowed.start} to {allowed.stop - 1}")
        return default

    def seconds(self, key: str, default: float) -> float:
        value = self._values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 86400:
            return float(value)
        self.blame(key, f"{value!r} is no number of seconds from 0 to 86400")
        return default

    def host(self, key: str, default: str) -> str:
        text = self.text(key, default)
        try:
            return str(IPv4Address(text))
        except ValueError:
            self.blame(key, f'"{text}" is no IPv4 address')
            return default

    def address(self, key: str) -> Address | None:
        text = self.text(key)
        if not text:
            return None
        try:
            return address(text)
        except ValueError:
            self.blame(key, f'"{text}" is no IPv4 address with or without a port, as in 192.168.1.20:5060')
            return None


def plan_from(settings: Mapping[str, object]) -> Plan:
    """Raises ValueError with every fault on its own line, each naming its key."""
    faults: list[str] = []
    table = _Table(settings, _BOARD, "", faults)
    lines = table.whole("lines", LINES, range(1, LINES_MAX + 1))
    host = table.host("host", "127.0.0.1")
    advertise = table.host("advertise", host)
    if advertise == "0.0.0.0":  # noqa: S104  refused, not bound
        table.blame("advertise", "others need an address that they can send to; name one of this machine's")
    own = _own_tables(settings, lines, faults)
    ports = tuple(_port(port, own.get(port + 1, {}), faults) for port in range(lines))
    users = [plan.user for plan in ports]
    faults += [
        f"{PREFIX}{plan.port + 1}.user: {plan.user} is line {users.index(plan.user) + 1} already"
        for plan in ports
        if plan.user and users.index(plan.user) != plan.port
    ]
    rtp_first = table.whole("rtp_first", 0, range(PORT_MAX + 1))
    if rtp_first and (rtp_first % 2 or rtp_first < 1024 or rtp_first + 2 * lines > PORT_MAX):
        table.blame("rtp_first", f"an even port from 1024 on with room for {lines} lines after it, or 0")
    plan = Plan(
        ports=ports,
        host=host,
        advertise=advertise,
        sip_port=table.whole("port", 5060, range(PORT_MAX + 1)),
        rtp_first=rtp_first,
        peers=_peers(table),
        laws=_laws(table),
        keys=_keys(table),
        session_s=table.whole("session_s", 1800, SESSION_S),
        rtp_timeout_s=table.seconds("rtp_timeout_s", 30.0),
        options_s=table.seconds("options_s", 30.0),
    )
    if faults:
        raise ValueError("\n".join(faults))
    return plan


def _own_tables(settings: Mapping[str, object], lines: int, faults: list[str]) -> dict[int, Mapping[str, object]]:
    found: dict[int, Mapping[str, object]] = {}
    for key, value in settings.items():
        if not key.startswith(PREFIX):
            continue
        number = key.removeprefix(PREFIX)
        if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= lines):
            faults.append(f"{key}: there are lines 1 to {lines}")
        elif not isinstance(value, Mapping):
            faults.append(f"{key}: is not a table of line settings")
        else:
            found[int(number)] = value
    return found


def _port(port: int, values: Mapping[str, object], faults: list[str]) -> PortPlan:
    table = _Table(values, _LINE, f"{PREFIX}{port + 1}.", faults)
    kind = table.text("kind", "trunk")
    if kind not in {"trunk", "phone"}:
        table.blame("kind", f'"{kind}" is neither trunk nor phone')
    user = table.text("user")
    password = _password(table)
    registrar = table.address("registrar")
    phone = kind == "phone"
    if (phone or registrar) and not user:
        table.blame("user", "a line that registers, and a telephone, need a user")
    if phone and not password:
        table.blame("password", "a telephone needs a password: anybody else could be it")
    return PortPlan(
        port=port,
        user=user,
        phone=phone,
        account=Account(table.text("auth_user") or user, password) if password else None,
        registrar=registrar,
        domain=table.text("domain"),
        gateway=table.address("gateway"),
        expires_s=table.whole("expires_s", 300, EXPIRES_S),
    )


def _password(table: _Table) -> str:
    name = table.text("password_file")
    if not name:
        return table.text("password")
    if table.has("password"):
        table.blame("password_file", "password and password_file exclude each other")
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as why:
        table.blame("password_file", f"{name} cannot be read: {getattr(why, 'strerror', None) or 'not UTF-8'}")
        return ""


def _peers(table: _Table) -> tuple[IPv4Network, ...]:
    found: list[IPv4Network] = []
    for text in table.texts("peers", ()):
        try:
            found.append(IPv4Network(text))
        except ValueError:
            table.blame("peers", f'"{text}" is neither an IPv4 address nor a network, as in 192.168.1.0/24')
    return tuple(found)


def _laws(table: _Table) -> tuple[Law, ...]:
    names = table.texts("codecs", ("PCMA", "PCMU"))
    unknown = [name for name in names if name not in Law.__members__]
    if unknown or not names:
        table.blame(
            "codecs", f"{', '.join(unknown) or 'none'}: there are PCMA and PCMU; gateways must offer one of them"
        )
        return (Law.PCMA,)
    return tuple(Law[name] for name in names)


def _keys(table: _Table) -> Keys:
    text = table.text("dtmf", Keys.AUTO.value)
    if text in {keys.value for keys in Keys}:
        return Keys(text)
    table.blame("dtmf", f'"{text}": there are {", ".join(keys.value for keys in Keys)}')
    return Keys.AUTO

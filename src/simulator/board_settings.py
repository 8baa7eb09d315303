"""The simulated board's part of a configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulator.dial_plan import CITY, DialPlan, plan_from
from simulator.extension_model import ExtensionModel, extension_model_from
from simulator.line_model import LineModel, model_from, model_keys

LINES: Final = 8
LINES_MAX: Final = 1000
QUEUE_TICKS_MAX: Final = 10
LINE_PREFIX: Final = "line_"
EXTENSION_PREFIX: Final = "extension_"
TELEPHONE: Final = "telephone"

_OWN_KEYS: Final = frozenset(
    {"lines", "time_slots", "extensions", TELEPHONE, "seed", "transmit_queue_ticks", "dial_plan"}
)
_KNOWN: Final = (
    f"the board knows {', '.join(sorted(_OWN_KEYS | model_keys()))} and tables {LINE_PREFIX}1, {LINE_PREFIX}2…,"
    f" {EXTENSION_PREFIX}1…"
)
ModelOf = Callable[[Mapping[str, object]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    models: tuple[LineModel, ...]  # of the lines that are no time slots
    time_slots: int = 0
    extensions: tuple[ExtensionModel, ...] = ()
    seed: int = 0
    transmit_queue_ticks: int = 0
    dial_plan: DialPlan = CITY


def settings_from(settings: Mapping[str, object]) -> BoardSettings:
    """See `SimulatedBoard.from_settings`. Raises ValueError with every fault on its own line, each naming its key."""
    faults: list[str] = []
    common = {key: value for key, value in settings.items() if key in model_keys()}
    tables = {key for key in settings if key.startswith((LINE_PREFIX, EXTENSION_PREFIX))}
    lines = _whole(settings, "lines", LINES, range(1, LINES_MAX + 1), faults)
    extensions = _whole(settings, "extensions", 0, range(LINES_MAX + 1), faults)
    time_slots = _whole(settings, "time_slots", 0, range(lines + 1), faults)
    seed = _whole(settings, "seed", 0, range(2**63), faults)
    queue = _whole(settings, "transmit_queue_ticks", 0, range(QUEUE_TICKS_MAX + 1), faults)
    faults += [f"{key}: unknown; {_KNOWN}" for key in settings if key not in _OWN_KEYS | common.keys() | tables]
    plan = _plan(settings, lines, faults)
    _check(model_from, common, "", faults)
    telephone = settings.get(TELEPHONE, {})
    if not isinstance(telephone, Mapping):
        faults.append(f"{TELEPHONE}: is not a table of a telephone's settings")
        telephone = {}
    _check(extension_model_from, telephone, f"{TELEPHONE}.", faults)
    own_lines = _tables(settings, LINE_PREFIX, lines, model_from, faults)
    own_telephones = _tables(settings, EXTENSION_PREFIX, extensions, extension_model_from, faults)
    if faults:
        raise ValueError("\n".join(faults))
    return BoardSettings(
        models=tuple(model_from({**common, **own_lines.get(line, {})}) for line in range(1, lines - time_slots + 1)),
        time_slots=time_slots,
        extensions=tuple(
            extension_model_from({**telephone, **own_telephones.get(number, {})}) for number in range(1, extensions + 1)
        ),
        seed=seed,
        transmit_queue_ticks=queue,
        dial_plan=plan,
    )


def _tables(
    settings: Mapping[str, object], prefix: str, count: int, model_of: ModelOf, faults: list[str]
) -> dict[int, Mapping[str, object]]:
    """`line_3`, `extension_1`: what is other with that one."""
    found: dict[int, Mapping[str, object]] = {}
    for key, value in settings.items():
        if not key.startswith(prefix):
            continue
        number = key.removeprefix(prefix)
        if not number.isdecimal() or not 1 <= int(number) <= count:
            faults.append(
                f"{key}: there are {prefix.removesuffix('_')}s 1 to {count}" if count else f"{key}: there is none"
            )
        elif not isinstance(value, Mapping):
            faults.append(f"{key}: is not a table of {prefix.removesuffix('_')} settings")
        else:
            _check(model_of, value, f"{key}.", faults)
            found[int(number)] = value
    return found


def _plan(settings: Mapping[str, object], lines: int, faults: list[str]) -> DialPlan:
    if "dial_plan" not in settings:
        return CITY
    wanted = settings["dial_plan"]
    if not isinstance(wanted, Mapping):
        faults.append("dial_plan: is not a table of numbers")
        return CITY
    try:
        return plan_from(wanted, lines)
    except ValueError as fault:
        faults += [f"dial_plan.{line}" for line in str(fault).splitlines()]
        return CITY


def _check(model_of: ModelOf, keys: Mapping[str, object], prefix: str, faults: list[str]) -> None:
    try:
        model_of(keys)
    except ValueError as fault:
        faults += [prefix + line for line in str(fault).splitlines()]


def _whole(settings: Mapping[str, object], key: str, default: int, allowed: range, faults: list[str]) -> int:
    value = settings.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
        return value
    faults.append(f"{key}: {value!r} is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return default

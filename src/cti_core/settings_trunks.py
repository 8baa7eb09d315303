"""Reads trunks of China No.1: which lines they are, and how numbers go over them. A part of `settings_lines`.

[china1]                        of every trunk
lines = "9-38"
digits = 8
[[lines]]                       what is otherwise on one
line = 9
signalling = "china1"
"""

from dataclasses import replace
from typing import Final

from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.ids import LineId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import CALLED_DIGITS_MAX, CALLER_DIGITS_MAX, Ka, LengthPlan
from cti_core.call_control.register_reading import IncomingPlan
from cti_core.toml_table import TomlTable

CHINA1, LOOP = "china1", "loop"
LINES: Final = r"\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*"
DIGITS: Final = r"[0-9]{0,8}"
NUMBER: Final = rf"[0-9]{{0,{CALLER_DIGITS_MAX}}}"


def trunks_of(table: TomlTable, count: int) -> tuple[frozenset[int], CasPlan]:
    """The table `[china1]`: lines that are trunks, and what is so on all of them."""
    said = table.text("lines", pattern=LINES)
    wanted: set[int] = set()
    for part in said.split(",") if said else ():
        first, _, last = part.partition("-")
        wanted.update(range(int(first), int(last or first) + 1))
    if beyond := sorted(number for number in wanted if not 1 <= number <= count):
        table.blame("lines", f"there is no line {beyond[0]}: board.lines is {count}")
    plan = trunk(table, CasPlan(line=LineId(0)))
    table.done()
    return frozenset(wanted), plan


def trunk(table: TomlTable, usual: CasPlan) -> CasPlan:
    """A trunk as in `usual`, but for what the table says."""
    return replace(
        usual,
        incoming=_incoming(table, usual.incoming),
        outgoing=table.flag("outgoing", default=usual.outgoing),
        prefix=table.text("prefix", usual.prefix, pattern=DIGITS),
        number=_number(table, usual.number),
        category=_category(table, usual.category),
        acknowledge_max_s=table.number("acknowledge_max_s", usual.acknowledge_max_s, 0.2, 30),
        answer_delay_s=table.number("answer_delay_s", usual.answer_delay_s, 0, 5),
        ringback_max_s=table.number("ringback_max_s", usual.ringback_max_s, 5, 300),
        clear_forward_max_s=table.number("clear_forward_max_s", usual.clear_forward_max_s, 1, 300),
        call_max_s=table.number("call_max_s", usual.call_max_s, 60, 86400),
    )


def _incoming(table: TomlTable, usual: IncomingPlan) -> IncomingPlan:
    own = dict(usual.lengths.by_prefix)
    digits = table.whole("digits", own.pop("", 0), 0, CALLED_DIGITS_MAX)
    prefixes = _prefixes(table) if table.has("digits_by_prefix") else tuple(own.items())
    asks = table.flag("caller_number", default=usual.ask_caller_after is not None)
    return replace(
        usual,
        lengths=LengthPlan((*((("", digits),) if digits else ()), *prefixes)),
        ask_caller_after=0 if asks else None,
        end_of_number_s=table.number("end_of_number_s", usual.end_of_number_s, 1, 10),
    )


def _prefixes(table: TomlTable) -> tuple[tuple[str, int], ...]:
    found = []
    for prefix, length in table.free("digits_by_prefix").items():
        keys = (*table.keys, "digits_by_prefix", prefix)
        if not prefix.isdecimal() or not prefix.isascii():
            table.source.blame(keys, "must be the first digits of a number")
        elif type(length) is not int or not (length == 0 or len(prefix) <= length <= CALLED_DIGITS_MAX):
            wanted = f"{len(prefix)} to {CALLED_DIGITS_MAX}, or 0: no such number"
            table.source.blame(keys, f"must be how many digits the whole number has, {wanted}")
        else:
            found.append((prefix, length))
    return tuple(found)


def _number(table: TomlTable, usual: PhoneNumber | None) -> PhoneNumber | None:
    said = table.text("number", "" if usual is None else usual.reveal(), pattern=NUMBER)
    return PhoneNumber(said) if said else None


def _category(table: TomlTable, usual: Ka) -> Ka:
    said = table.whole("category", int(usual), 1, 15)
    if said in tuple(Ka):
        return Ka(said)
    table.blame("category", f"must be one of {', '.join(str(int(known)) for known in Ka)}, not {said}")
    return usual

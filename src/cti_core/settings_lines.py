"""Reads what is wired to the board's ports: lines and their supervision, telephones of the house. A part of `settings_reader`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.events import Tone
from cti_core.call_control.ids import ExtensionId, LineId
from cti_core.call_control.line_states import LinePlan
from cti_core.settings import LineSettings
from cti_core.settings_trunks import CHINA1, LOOP, trunk, trunks_of
from cti_core.toml_table import TomlTable

NUMBER: Final = r"[A-Za-z0-9_-]{1,32}"  # of a telephone: it stands in ports of the matrix
PREFIX: Final = r"[0-9*#,]{0,8}"
LOOP_DROP_MS, LOOP_DROP_MS_MAX = 250, 5000  # the shortest that exchanges and PBXs use (line-signalling §5.3)
GAIN_DB_MAX = 12.0  # assumed: a line that needs more has a fault (`cti lines test`)
IN_USE_V, IN_USE_V_MAX = 15.0, 40.0  # boards.md §3.3: 9 V while a telephone beside is lifted, 24 or 48 V on hook
FLASH_MS_LEAST, FLASH_MS_MOST = 90, 1000  # boards.md R16
TRUNK_TONES: Final = sorted(set(Tone) - {Tone.SILENCE})  # silence has a setting of its own


def lines_of(root: TomlTable, count: int) -> tuple[LineSettings, ...]:
    """All lines as `[supervision]` says, trunks as `[china1]`, then what `[[lines]]` says otherwise of one."""
    rule = LineSettings(plan=LinePlan(line=LineId(0)), label="", loop_drop_ms=LOOP_DROP_MS, in_use_v=IN_USE_V)
    table = root.table("supervision")
    common = _line(table, rule)
    table.done()
    trunks, usual = trunks_of(root.table("china1"), count)
    lines = [_numbered(_trunk(common, usual) if n in trunks else common, LineId(n)) for n in range(1, count + 1)]
    own: set[int] = set()
    for table in root.tables("lines"):
        number = table.whole("line", 1, 1, count)
        table.required("line")
        if number in own and table.has("line"):
            table.blame("line", f"line {number} stands here twice")
        own.add(number)
        line = lines[number - 1]
        is_trunk = isinstance(line.plan, CasPlan)
        wanted = table.text("signalling", CHINA1 if is_trunk else LOOP, choices=(LOOP, CHINA1)) == CHINA1
        if wanted != is_trunk:
            line = _numbered(_trunk(common, usual) if wanted else common, LineId(number))
        lines[number - 1] = replace(_of_its_kind(table, line), label=table.text("label", line.label))
        table.done()
    return tuple(lines)


def _numbered(settings: LineSettings, number: LineId) -> LineSettings:
    return replace(settings, plan=replace(settings.plan, line=number), label=f"{number}")


def _trunk(common: LineSettings, plan: CasPlan) -> LineSettings:
    """Nothing of what supervises a loop has a meaning there."""
    return replace(common, plan=plan, in_use_v=0.0)


def _of_its_kind(table: TomlTable, rule: LineSettings) -> LineSettings:
    if not isinstance(rule.plan, CasPlan):
        return _line(table, rule)
    plan = trunk(table, rule.plan)
    return replace(rule, plan=plan, rx_db=_gain(table, "rx_db", rule.rx_db), tx_db=_gain(table, "tx_db", rule.tx_db))


def _gain(table: TomlTable, key: str, usual: float) -> float:
    return table.number(key, usual, -GAIN_DB_MAX, GAIN_DB_MAX)


def _line(table: TomlTable, rule: LineSettings) -> LineSettings:
    """A line as in `rule`, but for what the table says."""
    usual = rule.plan
    assert isinstance(usual, LinePlan)
    drop_ms = table.whole("loop_drop_ms", rule.loop_drop_ms if usual.loop_drop_clears else 0, 0, LOOP_DROP_MS_MAX)
    said = table.texts("hang_up_tones", sorted(usual.hang_up_tones - {Tone.SILENCE}), choices=TRUNK_TONES)
    silence_s = table.number("silence_s", usual.silence_clears_s, 0, 3600)
    tones = frozenset(Tone(tone) for tone in said)
    plan = replace(
        usual,
        answer_on_ring=table.whole("answer_on_ring", usual.answer_on_ring, 1, 10),
        hang_up_tones=tones | {Tone.SILENCE} if silence_s else tones,
        loop_drop_clears=drop_ms > 0,
        polarity_clears=table.flag("polarity", default=usual.polarity_clears),
        silence_clears_s=silence_s,
        ring_gap_s=table.number("ring_gap_s", usual.ring_gap_s, 2, 20),
        guard_s=table.number("guard_s", usual.guard_s, 0, 30),
        call_max_s=table.number("call_max_s", usual.call_max_s, 60, 86400),
        outgoing=table.flag("outgoing", default=usual.outgoing),
        pulse=table.text("dial", "pulse" if usual.pulse else "tones", choices=("tones", "pulse")) == "pulse",
        prefix=table.text("prefix", usual.prefix, pattern=PREFIX),
        dial_tone_wait_s=table.number("dial_tone_wait_s", usual.dial_tone_wait_s, 0.3, 30),
        dial_delay_s=table.number("dial_delay_s", usual.dial_delay_s, 0, 5),
        ringback_max_s=table.number("ringback_max_s", usual.ringback_max_s, 5, 300),
        polarity_answers=table.flag("polarity_answers", default=usual.polarity_answers),
        polarity_deaf_s=table.number("polarity_deaf_s", usual.polarity_deaf_s, 0, 5),
    )
    if not (plan.hang_up_tones or plan.loop_drop_clears or plan.polarity_clears):
        table.blame(
            "hang_up_tones", "with loop_drop_ms = 0 and no polarity, nothing would tell that the caller hung up"
        )
    return replace(
        rule,
        plan=plan,
        loop_drop_ms=drop_ms or rule.loop_drop_ms,
        rx_db=_gain(table, "rx_db", rule.rx_db),
        tx_db=_gain(table, "tx_db", rule.tx_db),
        in_use_v=table.number("in_use_v", rule.in_use_v, 0, IN_USE_V_MAX),
        flash_ms=table.whole("flash_ms", rule.flash_ms, FLASH_MS_LEAST, FLASH_MS_MOST),
    )


def lone_signs(lines: Sequence[LineSettings]) -> list[str]:
    """Sentences about lines on which one sign alone tells that the caller hung up (boards.md R1: two at least)."""
    alone: dict[str, list[LineId]] = {}
    for line in lines:
        plan = line.plan
        if not isinstance(plan, LinePlan):
            continue
        signs = {
            "tones": bool(plan.hang_up_tones - {Tone.SILENCE}),
            "loop drop": plan.loop_drop_clears,
            "polarity": plan.polarity_clears,
            "silence": plan.silence_clears_s > 0,
        }
        if sum(signs.values()) == 1:
            alone.setdefault(next(sign for sign, is_on in signs.items() if is_on), []).append(plan.line)
    return [
        f"on line{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))} {sign} alone tells that a caller hung up:"
        " where that fails to come, call_max_s is what ends the call"
        for sign, numbers in alone.items()
    ]


def extension_ports(root: TomlTable, lines: int) -> dict[ExtensionId, int | None]:
    """The telephones of the house and their 1-based ports; None: behind the others."""
    phones: dict[ExtensionId, int | None] = {}
    tables = root.tables("extensions")
    for table in tables:
        number = ExtensionId(table.text("extension", pattern=NUMBER))
        table.required("extension")
        port = table.whole("port", 0, 1, lines + len(tables)) or None
        if number in phones:
            table.blame("extension", f'telephone "{number}" stands here twice')
        elif port is not None and port in phones.values():
            table.blame("port", f"port {port} has a telephone already")
            port = None
        phones.setdefault(number, port)
        table.done()
    return phones

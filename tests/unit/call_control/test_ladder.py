"""How a ladder is drawn."""

from cti_core.call_control.actions import GoOffHook, Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import DigitHeard, RingHeard, Tone, ToneHeard
from cti_core.call_control.ids import CallId, LineId, Seq
from cti_core.call_control.ladder import draw, rows
from cti_core.call_control.notes import DeadlinePassed
from cti_core.call_control.trace import Hop, Party, caller, dialogue, line

CALL, L1 = CallId("n-1"), LineId(1)


def hop(at: int, source: Party, target: Party, what: object, call: CallId = CALL) -> Hop:
    return Hop(seq=Seq(at), at=Instant(at), because=None, source=source, target=target, what=what, call=call)  # type: ignore[arg-type]


HOPS = [
    hop(8000, caller(L1), line(L1), RingHeard(L1)),
    hop(8000, line(L1), caller(L1), GoOffHook(L1)),
    hop(9600, caller(L1), line(L1), RingHeard(L1), CallId("another")),
    hop(16000, caller(L1), dialogue(CALL), DigitHeard(line=L1, digit="1", level_dbm0=-9.6, twist_db=2.1)),
    hop(24000, dialogue(CALL), dialogue(CALL), DeadlinePassed()),
]


def test_arrows_point_from_who_speaks_to_who_hears() -> None:
    assert draw(rows(HOPS, CALL)) == (
        "           caller               line                 dialogue\n"
        "     0.00  |--ring------------->|                    |\n"
        "     0.00  |<-off-hook----------|                    |\n"
        "     1.00  |--digit 1------------------------------->|\n"
        "     2.00  |                    |                    |* time-out\n"
    )


def test_evidence_shows_how_a_key_was_heard() -> None:
    texts = [row.text for row in rows(HOPS, CALL, evidence=True)]
    assert texts[2] == "digit 1 -10 dBm0 +2 dB"


def test_chinese_ladders_stay_in_their_columns() -> None:
    drawn = draw(rows(HOPS, CALL, language=Language.ZH), language=Language.ZH).splitlines()
    assert drawn[0] == "           主叫                 线路                 语音导航"
    assert drawn[1] == "     0.00  |--振铃------------->|                    |"


def test_a_call_nobody_knows_has_no_ladder() -> None:
    assert draw(rows(HOPS, CallId("nobody"))) == ""


def test_every_tone_has_its_chinese_name() -> None:
    for tone in Tone:
        (row,) = rows([hop(0, caller(L1), line(L1), ToneHeard(L1, tone))], CALL, language=Language.ZH)
        assert row.text.endswith("音")

import pytest

from drivers.base import PortKind
from drivers.dahdi.abi import Law
from drivers.dahdi.settings import settings_from


def test_lines_alone_are_the_first_channels() -> None:
    found = settings_from({"lines": 3})
    assert found.channels == (1, 2, 3)
    assert found.kinds == (PortKind.FXO,) * 3


def test_ranges_lists_and_kinds_make_the_ports_in_order() -> None:
    found = settings_from({"channels": "1-3, 7", "extensions": [9, 10], "time_slots": "12", "lines": 7, "law": "mu"})
    assert found.channels == (1, 2, 3, 7, 9, 10, 12)
    assert found.kinds == (PortKind.FXO,) * 4 + (PortKind.FXS,) * 2 + (PortKind.E1_CAS,)
    assert found.law is Law.MU


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"channels": "1-x"}, "channels:"),
        ({"channels": 5}, "channels:"),
        ({"channels": [0]}, "channels:"),
        ({"channels": "1-4", "lines": 8}, "4 channels are named for 8 lines"),
        ({"channels": "1-4", "extensions": "4"}, "named twice"),
        ({"lines": 0}, "lines:"),
        ({"law": "a-law"}, "law:"),
        ({"echo_canceller": "best"}, "echo_canceller:"),
        ({"guard_ms": -1}, "guard_ms:"),
        ({"transmit_queue_frames": 0}, "transmit_queue_frames:"),
        ({"color": "red"}, "color: unknown"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        settings_from(settings)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValueError) as told:
        settings_from({"law": "x", "guard_ms": "long"})
    assert len(str(told.value).splitlines()) == 2

"""A number masks itself wherever it is printed."""

import pytest

from cti_core.call_control.privacy import PhoneNumber


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("13812345678", "138****5678"),
        ("059186753092", "059*****3092"),
        ("88001234", "****1234"),
        ("6789012345", "67****2345"),
        ("2345678", "*****78"),
        ("114", "*14"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_a_number_is_shown_with_its_middle_hidden(raw: str, shown: str) -> None:
    number = PhoneNumber(raw)
    assert str(number) == f"{number}" == shown
    assert repr(number) == f"PhoneNumber({shown!r})"
    assert number.reveal() == raw

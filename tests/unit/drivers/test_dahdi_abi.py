"""Numbers and sizes against DAHDI's own headers, compiled on x86-64."""

import pytest

from drivers.dahdi import abi
from drivers.dahdi.abi import Ioctl

FROM_THE_HEADERS = {
    Ioctl.FLUSH: 0x4004DA03,
    Ioctl.GET_PARAMS: 0xC088DA05,
    Ioctl.SET_PARAMS: 0x4088DA05,
    Ioctl.HOOK: 0x4004DA07,
    Ioctl.GETEVENT: 0x8004DA08,
    Ioctl.SPANSTAT: 0xC13ADA0A,
    Ioctl.GETGAINS: 0xC204DA10,
    Ioctl.SETGAINS: 0x4204DA10,
    Ioctl.SPANCONFIG: 0x4024DA12,
    Ioctl.CHANCONFIG: 0x404CDA13,
    Ioctl.GETTONEZONE: 0x8004DA16,
    Ioctl.SETTONEZONE: 0x4004DA16,
    Ioctl.DEFAULTZONE: 0x4004DA18,
    Ioctl.LOADZONE: 0x4070DA19,
    Ioctl.GET_BUFINFO: 0x8018DA1B,
    Ioctl.SET_BUFINFO: 0x4018DA1B,
    Ioctl.DIAL: 0x4104DA1F,
    Ioctl.ECHOCANCEL: 0x4004DA21,
    Ioctl.CHANNO: 0x8004DA22,
    Ioctl.SPECIFY: 0x4004DA26,
    Ioctl.SETLAW: 0x4004DA27,
    Ioctl.SETLINEAR: 0x4004DA28,
    Ioctl.GETRXBITS: 0x8004DA2B,
    Ioctl.SETTXBITS: 0x4004DA2B,
    Ioctl.ECHOTRAIN: 0x4004DA32,
    Ioctl.ONHOOKTRANSFER: 0x4004DA33,
    Ioctl.GETVERSION: 0x80A0DA39,
    Ioctl.ATTACH_ECHOCAN: 0x4014DA3B,
    Ioctl.WCTDM_GET_STATS: 0x800CDA3C,
    Ioctl.DYNAMIC_CREATE: 0xC048DA50,
    Ioctl.DYNAMIC_DESTROY: 0x4048DA51,
    Ioctl.SETPOLARITY: 0x4004DA5C,
    Ioctl.STARTUP: 0x4004DA63,
    Ioctl.SHUTDOWN: 0x4004DA64,
    Ioctl.BUFFER_EVENTS: 0x4004DA69,
}


def test_every_number_we_use_is_in_the_table() -> None:
    assert set(FROM_THE_HEADERS) == set(Ioctl)


@pytest.mark.parametrize(("request_", "number"), FROM_THE_HEADERS.items(), ids=str)
def test_an_ioctl_has_the_number_of_the_header(request_: Ioctl, number: int) -> None:
    assert request_ == number


def test_params_are_read_from_their_places() -> None:
    raw = bytearray(136)
    for offset, value in {0: 9, 4: 2, 12: 8196, 16: 0x2005, 20: 1, 24: 5, 32: 1, 36: 3, 40: 2, 132: 8}.items():
        raw[offset : offset + 4] = abi.integer(value)
    raw[48:55] = b"WCTDM/0"
    assert abi.params_from(raw) == abi.Params(
        channo=9,
        spanno=2,
        sigtype=abi.Signalling.FXSKS,
        sigcap=0x2005,
        rxisoffhook=True,
        rxbits=5,
        txhooksig=1,
        rxhooksig=abi.RxHook.RING,
        curlaw=abi.Law.A,
        name="WCTDM/0",
        alarms=abi.RED_ALARM,
    )


def test_a_span_is_read_from_its_places() -> None:
    raw = bytearray(314)
    for offset, value in {0: 1, 64: 4, 112: 17, 120: 8, 124: 8, 128: 3}.items():
        raw[offset : offset + 4] = abi.integer(value)
    raw[4:9] = b"WCT/0"
    raw[180:185] = b"slot3"
    assert abi.span_from(raw) == abi.SpanInfo(
        spanno=1, name="WCT/0", alarms=4, irq_misses=17, channels=8, location="slot3", spans=3
    )


def test_an_integer_survives_the_way_there_and_back() -> None:
    for value in (0, 1, -1, 0x10035):
        assert abi.value_of(abi.integer(value)) == value

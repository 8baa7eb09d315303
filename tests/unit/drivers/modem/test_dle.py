"""The shielded stream: however it is cut, the same pieces; whatever comes, no exception and no growth."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.dle import Audio, AudioEnd, Code, Line, Piece, Reader, Report, shield


def joined(pieces: list[Piece]) -> list[Piece]:
    """Audio that was cut is one again."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Audio) and out and isinstance(out[-1], Audio):
            out[-1] = Audio(out[-1].data + piece.data)
        else:
            out.append(piece)
    return out


def read(*chunks: bytes, audio: bool = False) -> list[Piece]:
    reader = Reader()
    reader.expect_audio = audio
    return joined([piece for chunk in chunks for piece in reader.feed(chunk)])


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_every_cut_gives_the_same_pieces(data: bytes, cuts: list[int]) -> None:
    data = b"\r\nCONNECT\r\n" + data
    edges = [0, *sorted(cuts), len(data)]
    chunks = [data[begin:end] for begin, end in pairwise(edges)]
    assert read(*chunks, audio=True) == read(data, audio=True)


@given(st.binary(max_size=400))
def test_what_is_shielded_comes_back_as_it_was(samples: bytes) -> None:
    pieces = read(b"\r\nCONNECT\r\n" + shield(samples) + b"\x10\x03\r\nOK\r\n", audio=True)
    heard = b"".join(piece.data for piece in pieces if isinstance(piece, Audio))
    assert heard == samples
    assert pieces[-2:] == [AudioEnd(), Line("OK")]


@given(st.lists(st.tuples(st.binary(max_size=20), st.sampled_from("0123456789*#ABCDbdlLRqs/~")), max_size=10))
def test_events_may_stand_at_any_byte_of_the_audio(parts: list[tuple[bytes, str]]) -> None:
    stream = b"".join(shield(samples) + b"\x10" + char.encode() for samples, char in parts)
    pieces = read(b"\r\nCONNECT\r\n" + stream, audio=True)
    assert [piece.char for piece in pieces if isinstance(piece, Code)] == [char for _, char in parts]
    assert b"".join(p.data for p in pieces if isinstance(p, Audio)) == b"".join(samples for samples, _ in parts)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_no_noise_breaks_it_or_makes_it_grow(chunks: list[bytes]) -> None:
    reader = Reader()
    for chunk in chunks:
        reader.feed(chunk)
    assert len(reader._line) <= 200
    assert reader._report is None or len(reader._report) <= 600
    reader.feed(b"\x10.\r\n")  # ends whatever was open
    reader.reset()
    assert reader.feed(b"\r\nOK\r\n") == [Line("OK")]


def test_lines_and_events_mix_in_command_state() -> None:
    assert read(b"\r\nRING\r\n\x10R\r\nNMBR=114\r\n") == [Line("RING"), Code("R"), Line("NMBR=114")]


def test_sub_stands_for_two_data_bytes() -> None:
    assert read(b"CONNECT\r\n\x10\x1aa", audio=True)[1:] == [Audio(b"\x10\x10a")]


def test_connect_begins_audio_only_when_a_command_receives() -> None:
    assert read(b"CONNECT\r\nRING\r\n") == [Line("CONNECT"), Line("RING")]


def test_a_complex_report_is_one_piece() -> None:
    assert read(b"\x10XNMBR=13800138000\x10.") == [Report("NMBR=13800138000")]


def test_a_name_in_chinese_is_read_as_gbk() -> None:
    assert read(b"NAME=" + "张三".encode("gbk") + b"\r\n") == [Line("NAME=张三")]

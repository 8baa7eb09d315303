"""Digest proofs are those of the standards; a server of ours forgets nothing because it remembers nothing."""

import pytest

from drivers.sip.digest import NONCE_S, Account, Challenge, Gate, challenge, credentials, fields


def asked(header: str) -> Challenge:
    found = challenge(header)
    assert found is not None
    return found


def test_the_example_of_rfc_2617() -> None:
    header = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    proof = credentials(asked(header), Account("Mufasa", "Circle Of Life"), "GET", "/dir/index.html", "0a4f113b")
    assert fields(proof)["response"] == "6629fae49393a05397450978507c4ef1"
    assert fields(proof)["opaque"] == "5ccc069c403ebaf9f0171e9517f40e41"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    header = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    proof = credentials(asked(header), Account("Mufasa", "Circle of Life"), "GET", "/dir/index.html", cnonce)
    assert fields(proof)["response"] == response


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic x",
        "Digest",
        'Digest realm="r"',
        'Digest realm="r", nonce="n", algorithm=AKAv1-MD5',
        'Digest realm="r", nonce="n", qop="auth-int"',
    ],
)
def test_what_we_cannot_prove_is_not_tried(header: str) -> None:
    assert challenge(header) is None


def answered(gate: Gate, account: Account, now: float) -> str:
    return credentials(asked(gate.challenge(now)), account, "REGISTER", "sip:x", "c")


def test_a_password_opens_the_gate_until_the_nonce_is_old() -> None:
    gate, who = Gate("here", b"s"), Account("801", "right")
    header = answered(gate, who, 100.0)
    assert gate.admits(header, who, "REGISTER", 101.0) is True
    assert gate.admits(header, who, "REGISTER", 101.0 + NONCE_S) is None
    assert asked(gate.challenge(0, stale=True)).stale


def test_nothing_else_opens_it() -> None:
    gate, who = Gate("here", b"s"), Account("801", "right")
    good = answered(gate, who, 100.0)
    assert gate.admits(answered(gate, Account("801", "wrong"), 100.0), who, "REGISTER", 101.0) is False
    assert gate.admits(good, who, "INVITE", 101.0) is False
    assert gate.admits(good, Account("802", "right"), "REGISTER", 101.0) is False
    assert gate.admits("Digest nonsense", who, "REGISTER", 101.0) is False
    elsewhere = answered(Gate("here", b"another secret"), who, 100.0)
    assert gate.admits(elsewhere, who, "REGISTER", 101.0) is None


def test_a_password_stands_in_no_repr() -> None:
    assert "right" not in repr(Account("801", "right"))

"""Digest authentication (RFC 2617, RFC 7616 as RFC 8760 takes it to SIP), both ways. MD5 and SHA-256, `qop=auth`."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from drivers.sip.message import Malformed, split_list

NONCE_S: Final = 300.0  # assumed: a nonce is good for as long as a telephone's shortest registration
ALGORITHMS: Final = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are, or who a telephone says it is."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    realm: str
    nonce: str
    algorithm: str
    qop: bool
    opaque: str
    stale: bool


def fields(header: str) -> dict[str, str]:
    """`Digest a="b", c=d` as a dictionary, names in lower case; empty if it is no digest."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    try:
        pairs = [part.partition("=") for part in split_list(rest)]
    except Malformed:
        return {}
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def challenge(header: str) -> Challenge | None:
    """What a server asks for; None if we cannot do it."""
    found = fields(header)
    algorithm = found.get("algorithm", "MD5").upper()
    qops = [word.strip() for word in found.get("qop", "").split(",")]
    if "realm" not in found or "nonce" not in found or algorithm not in ALGORITHMS:
        return None
    if found.get("qop") and "auth" not in qops:
        return None
    return Challenge(
        realm=found["realm"],
        nonce=found["nonce"],
        algorithm=algorithm,
        qop="auth" in qops,
        opaque=found.get("opaque", ""),
        stale=found.get("stale", "").lower() == "true",
    )


def credentials(asked: Challenge, account: Account, method: str, uri: str, cnonce: str) -> str:
    """The value of Authorization; each challenge is answered once, so the count is 1."""
    count = "00000001"
    counted = (count, cnonce) if asked.qop else None
    proof = _proof(
        asked.algorithm, account, realm=asked.realm, nonce=asked.nonce, method=method, uri=uri, counted=counted
    )
    parts = [
        f'username="{account.user}"',
        f'realm="{asked.realm}"',
        f'nonce="{asked.nonce}"',
        f'uri="{uri}"',
        f'response="{proof}"',
        f"algorithm={asked.algorithm}",
    ]
    if asked.qop:
        parts += ["qop=auth", f"nc={count}", f'cnonce="{cnonce}"']
    if asked.opaque:
        parts.append(f'opaque="{asked.opaque}"')
    return "Digest " + ", ".join(parts)


def _proof(
    algorithm: str,
    account: Account,
    *,
    realm: str,
    nonce: str,
    method: str,
    uri: str,
    counted: tuple[str, str] | None,
) -> str:
    def hashed(*parts: str) -> str:
        return hashlib.new(ALGORITHMS[algorithm], ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    who, what = hashed(account.user, realm, account.password), hashed(method, uri)
    if counted is None:
        return hashed(who, nonce, what)
    return hashed(who, nonce, *counted, "auth", what)


class Gate:
    """Challenges requests to us. Keeps no table: a nonce carries its own time and proof, so a flood costs no memory."""

    def __init__(self, realm: str, secret: bytes) -> None:
        self.realm = realm
        self._secret: Final = secret

    def challenge(self, now: float, *, stale: bool = False) -> str:
        """The value of WWW-Authenticate."""
        words = f'Digest realm="{self.realm}", nonce="{self._nonce(int(now))}", algorithm=MD5, qop="auth"'
        return words + (", stale=true" if stale else "")

    def admits(self, header: str, account: Account, method: str, now: float) -> bool | None:
        """Whether these credentials are the account's; None: right, but the nonce is too old."""
        found = fields(header)
        try:
            counted = (found["nc"], found["cnonce"]) if found.get("qop") == "auth" else None
            named = (found["username"], found["realm"], found["nonce"], found["uri"], found["response"])
        except KeyError:
            return False
        user, realm, nonce, uri, response = named
        if (user, realm) != (account.user, self.realm) or found.get("algorithm", "MD5").upper() != "MD5":
            return False
        proof = _proof("MD5", account, realm=realm, nonce=nonce, method=method, uri=uri, counted=counted)
        if not hmac.compare_digest(proof.encode(), response.encode()):
            return False
        stamp = nonce.partition("-")[0]
        fresh = stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 and nonce == self._nonce(int(stamp))
        return True if fresh and 0 <= now - int(stamp) <= NONCE_S else None

    def _nonce(self, stamp: int) -> str:
        return f"{stamp}-{hmac.new(self._secret, str(stamp).encode(), 'sha256').hexdigest()[:24]}"

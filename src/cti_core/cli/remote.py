"""A running daemon, asked over REST by the verbs of `cti`."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import typer

TIMEOUT_S = 10.0  # assumed: a healthy daemon answers in milliseconds; a minute of silence helps nobody


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the daemon is, and who asks."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        """Parsed JSON of a GET. Leaves `cti` with a sentence when there is no answer or a refusal."""
        return json.loads(self._ask("GET", path, None))

    def text(self, path: str) -> str:
        return self._ask("GET", path, None).decode()

    def octets(self, path: str, seconds: float) -> bytes:
        """A body that takes so many seconds to come about."""
        return self._ask("GET", path, None, seconds + TIMEOUT_S)

    def post(self, path: str, body: object = None, seconds: float = 0.0) -> Any:
        """`seconds`: how long the work itself may take."""
        return json.loads(self._ask("POST", path, body, seconds + TIMEOUT_S) or b"null")

    def _ask(self, method: str, path: str, body: object, timeout_s: float = TIMEOUT_S) -> bytes:
        data = None if body is None and method == "GET" else json.dumps(body or {}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = Request(self.url + path, data, headers, method=method)  # noqa: S310  the operator names the address
        try:
            with urlopen(asked, timeout=timeout_s) as answer:  # noqa: S310
                return bytes(answer.read())
        except HTTPError as refusal:
            leave(f"{self.url} refused: {_sentence(refusal)}")
        except (URLError, OSError) as silence:
            leave(f"no daemon answers at {self.url} ({getattr(silence, 'reason', silence)}); start one with: cti serve")


def _sentence(refusal: HTTPError) -> str:
    told = refusal.read().decode(errors="replace")
    try:
        parsed = json.loads(told)
    except ValueError:
        return f"{refusal.code} {refusal.reason}"
    error = parsed.get("error", parsed)
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or error.get("errorId") or refusal.reason)


def leave(sentence: str) -> NoReturn:
    """End `cti` with a sentence on stderr and status 1."""
    typer.echo(f"cti: {sentence}", err=True)
    raise typer.Exit(1)

"""What the user agent knows of each port, what it is told, and what it says."""

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network

from drivers.sip.dialog import Dialog
from drivers.sip.digest import Account
from drivers.sip.message import Address, Request
from drivers.sip.sdp import Law, Media, Stream

# --- settings ---------------------------------------------------------------------------------------------------------


class Keys(Enum):
    """How keys come."""

    AUTO = "auto"  # RFC 4733 in calls that agreed on it, else as sound
    RFC4733 = "rfc4733"
    INBAND = "inband"
    INFO = "info"  # SIP INFO, application/dtmf-relay


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """One port. A trunk is a gateway's port or a provider's line; a phone registers with us."""

    port: int
    user: str = ""  # calls to this user come to this port; empty: any that no other port is named for
    phone: bool = False
    account: Account | None = None
    registrar: Address | None = None  # we register there
    domain: str = ""  # of our address-of-record
    gateway: Address | None = None  # calls of ours go there
    expires_s: int = 300

    @property
    def domain_or_host(self) -> str:
        where = self.registrar or self.gateway
        return self.domain or (where[0] if where else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole board."""

    ports: tuple[PortPlan, ...]
    host: str = "127.0.0.1"  # bound
    advertise: str = "127.0.0.1"  # in Via, Contact and descriptions
    sip_port: int = 5060  # 0: any that is free
    rtp_first: int = 0  # port n has rtp_first + 2 n; 0: any that are free
    peers: tuple[IPv4Network, ...] = ()  # who may call without a password
    laws: tuple[Law, ...] = (Law.PCMA, Law.PCMU)
    keys: Keys = Keys.AUTO
    session_s: int = 1800
    rtp_timeout_s: float = 30.0
    options_s: float = 30.0  # between two looks at a gateway; 0: never


# --- states -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Idle:
    since: float  # s of the board


@dataclass(slots=True, kw_only=True)
class Offered:
    """Somebody calls; we have said 180."""

    dialog: Dialog
    invite: Request
    source: Address
    streams: tuple[Stream, ...]  # none: we make the offer in our answer
    place: int = 0
    media: Media | None = None


@dataclass(slots=True, kw_only=True)
class Calling:
    """We call. `cancelled`: nobody wants it any more, but a CANCEL must wait for the first response.

    `proceeding`: that response has come, to `invite` as it stands now, not to one that was challenged before.
    `media` is what can be heard before the answer (early media).
    """

    dialog: Dialog
    invite: Request
    to: Address
    proceeding: bool = False
    cancelled: bool = False
    media: Media | None = None


@dataclass(slots=True, kw_only=True)
class Talking:
    """A call with audio. `media` is None until the ACK brings the answer to our offer."""

    dialog: Dialog
    media: Media | None
    version: int = 1  # of our description
    streams: tuple[Stream, ...] = ()  # their newest offer
    place: int = 0
    ack: bytes = b""  # of our INVITE: said again when their 200 comes again
    we_refresh: bool = False
    session_s: int = 0  # 0: no session timer
    session_due: float = 0.0  # to refresh, or to give up
    allows_update: bool = False
    keys_seen: int = field(default=-1)  # CSeq of the newest INFO


State = Idle | Offered | Calling | Talking

# --- facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    port: int
    number: str = field(repr=False)
    name: str = field(repr=False)
    absence: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    port: int


@dataclass(frozen=True, slots=True)
class FarEndRings:
    port: int


@dataclass(frozen=True, slots=True)
class FarEndAnswers:
    port: int


@dataclass(frozen=True, slots=True)
class CallRefused:
    port: int
    status: int  # 0: nobody answered


@dataclass(frozen=True, slots=True)
class Lifted:
    """A telephone of ours begins a call to `dialled`."""

    port: int
    dialled: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MediaSet:
    port: int
    media: Media
    fresh: bool  # a call begins; else it was changed within
    early: bool = False  # the far end has not answered yet: it may be silent for as long as it rings


@dataclass(frozen=True, slots=True)
class FarEndCleared:
    """Not to be confused with `drivers.base.FarEndCleared`, which the board makes of it for trunks."""

    port: int
    reason: str = "BYE"


@dataclass(frozen=True, slots=True)
class KeyByInfo:
    port: int
    digit: str
    length_ms: int


Fact = (
    CallOffered
    | OfferWithdrawn
    | FarEndRings
    | FarEndAnswers
    | CallRefused
    | Lifted
    | MediaSet
    | FarEndCleared
    | KeyByInfo
)

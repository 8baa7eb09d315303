"""Two user agents and the wire between them: virtual time, packets that may be lost, nothing else."""

from collections.abc import Callable
from ipaddress import IPv4Network

from drivers.sip.agent import Agent
from drivers.sip.digest import Account
from drivers.sip.message import Address, Request, Response, read
from drivers.sip.states import Fact, Keys, Plan, PortPlan

OURS, THEIRS = ("127.0.0.1", 5060), ("127.0.0.2", 5060)
ALL = (IPv4Network("127.0.0.0/8"),)
TICK_S = 0.02


def plan(
    *ports: PortPlan, host: str = "127.0.0.1", peers: tuple[IPv4Network, ...] = ALL, keys: Keys = Keys.AUTO
) -> Plan:
    return Plan(ports=ports or (PortPlan(port=0), PortPlan(port=1)), advertise=host, peers=peers, keys=keys)


def agent(of: Plan, address: Address) -> Agent:
    count = iter(range(10**9))
    rtp = [(address[0], 20_000 + 2 * port) for port in range(len(of.ports))]
    return Agent(of, address, rtp, lambda: f"id{next(count)}at{address[0].rpartition('.')[2]}", b"secret")


class Wire:
    """`ours` is under test; `theirs` calls it from 127.0.0.2. `passes` decides about each packet."""

    def __init__(self, ours: Plan | None = None, theirs: Plan | None = None) -> None:
        gateway = PortPlan(port=0, user="555", gateway=OURS)
        self.ours = agent(ours or plan(), OURS)
        self.theirs = agent(theirs or plan(gateway, host=THEIRS[0]), THEIRS)
        self.now = 0.0
        self.passes: Callable[[bytes], bool] = lambda _: True
        self.said: list[Request | Response] = []  # everything, lost packets too
        self.facts: list[Fact] = []  # ours
        self.their_facts: list[Fact] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            for here, there, source in ((self.theirs, self.ours, THEIRS), (self.ours, self.theirs, OURS)):
                here.expire(self.now)
                for data, _ in here.take_outbox():
                    self.said.append(read(data))
                    if self.passes(data):
                        there.receive(data, source, self.now)
            self.facts += self.ours.take_facts()
            self.their_facts += self.theirs.take_facts()

    def inject(self, text: str, source: Address = THEIRS) -> list[Request | Response]:
        """A packet of nobody's; what we say to it."""
        self.ours.receive(text.replace("\n", "\r\n").encode(), source, self.now)
        return [read(data) for data, _ in self.ours.take_outbox()]

    def call(self) -> None:
        assert self.theirs.call(0, "100", self.now) == ""
        self.run(0.1)

    def talk(self) -> None:
        """A call from them to our first port, answered."""
        self.call()
        self.ours.answer(0, self.now)
        self.run(0.1)

    def words(self) -> list[str]:
        return [m.method if isinstance(m, Request) else str(m.status) for m in self.said]


def account(user: str = "801") -> Account:
    return Account(user, f"secret of {user}")


INVITE = """INVITE sip:100@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKone
From: "张三" <sip:13900001111@127.0.0.2>;tag=t1
To: <sip:100@127.0.0.1>
Call-ID: one@127.0.0.2
CSeq: 1 INVITE
Contact: <sip:555@127.0.0.2:5060>
Max-Forwards: 70
Content-Type: application/sdp

v=0
o=- 1 1 IN IP4 127.0.0.2
s=-
c=IN IP4 127.0.0.2
t=0 0
m=audio 30000 RTP/AVP 8 0 101
a=rtpmap:101 telephone-event/8000
"""

SDP = INVITE.partition("\n\n")[2]
TYPE = "Content-Type: application/sdp\n"


def statuses(said: list[Request | Response]) -> list[int]:
    return [message.status for message in said if isinstance(message, Response)]


def within(wire: Wire, method: str, cseq: int, body: str = "", extra: str = "") -> list[Request | Response]:
    """A request of theirs in the call that INVITE began."""
    tag = next(m.to_tag for m in wire.said if isinstance(m, Response) and m.status == 200)
    head = (
        INVITE.partition("Content-Type")[0]
        .replace("INVITE sip", f"{method} sip")
        .replace("1 INVITE", f"{cseq} {method}")
    )
    head = head.replace("<sip:100@127.0.0.1>\n", f"<sip:100@127.0.0.1>;tag={tag}\n").replace(
        "bKone", f"bK{method}{cseq}"
    )
    return wire.inject(head + extra + "\n" + body)


def answered(text: str = INVITE) -> Wire:
    """A call of nobody's, answered and acknowledged."""
    wire = Wire()
    wire.said += wire.inject(text)
    wire.ours.answer(0, wire.now)
    wire.said += wire.inject("")
    within(wire, "ACK", 1)
    wire.facts += wire.ours.take_facts()
    return wire

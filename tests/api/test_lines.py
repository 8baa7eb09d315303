"""What operators see of lines, over REST."""

from api.conftest import Server


async def test_levels_of_every_line_come_with_its_state(server: Server) -> None:
    """A board that is lost has no levels, and no number is made up for it."""
    call = server.house.desk.rings(1)
    status, told = await server.call("GET", "/api/v1/lines/levels")
    assert status == 200
    assert told["seq"] == server.house.bus.seq
    assert told["levels"] == [
        {"line": 1, "receiveDbm0": -18.5, "transmitDbm0": -99.0, "clipped": True, "state": "connected", "call": call},
        {"line": 2, "receiveDbm0": None, "transmitDbm0": None, "clipped": False, "state": "idle", "call": None},
    ]


async def test_an_agent_sees_no_meters(server: Server) -> None:
    assert (await server.call("GET", "/api/v1/lines/levels", "token-anna"))[0] == 403


async def test_the_status_tells_how_evenly_ticks_come(server: Server) -> None:
    """R11: a histogram of jitter; what is beyond the last bound has none."""
    _, told = await server.call("GET", "/api/v1/status")
    assert told["lagMs"] == {
        "max": 21.5,
        "buckets": [{"upTo": 0.5, "ticks": 48}, {"upTo": 20.0, "ticks": 1}, {"upTo": None, "ticks": 1}],
    }


async def test_a_line_is_tested_for_an_operator_in_the_language_asked_for(server: Server) -> None:
    status, told = await server.call("POST", "/api/v1/lines/5:test?lang=zh")
    assert status == 200
    assert told == {
        "line": 5,
        "outcome": "done",
        "verdict": "good",
        "said": "线路良好。 Op",
        "seconds": 5.0,
        "findings": [
            {
                "name": "noise",
                "title": "noise",
                "text": "-60.0 dBm0",
                "verdict": "good",
                "value": -60.0,
                "unit": "dBm0",
                "low": None,
                "high": -40.0,
                "source": "",
                "advice": "",
            }
        ],
    }


async def test_nobody_but_an_operator_takes_a_line_away_to_test_it(server: Server) -> None:
    assert (await server.call("POST", "/api/v1/lines/5:test", "token-anna"))[0] == 403
    assert (await server.call("POST", "/api/v1/lines/5:test", "token-his"))[0] == 403


async def test_a_line_that_is_none_cannot_be_tested(server: Server) -> None:
    for wrong in ("99", "five"):
        status, told = await server.call("POST", f"/api/v1/lines/{wrong}:test")
        assert (status, told["error"]["errorId"]) == (404, "unknownLine")

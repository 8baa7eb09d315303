from collections.abc import AsyncIterator

import pytest

from contract.benches import BENCHES, Bench
from contract.telephone_benches import TELEPHONE_BENCHES, TelephoneBench


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Every board on its bench, closed."""
    async with BENCHES[request.param]() as made:
        yield made


@pytest.fixture(params=TELEPHONE_BENCHES)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[TelephoneBench]:
    """Every board with telephones on its bench, closed."""
    async with TELEPHONE_BENCHES[request.param]() as made:
        yield made

from collections.abc import AsyncIterator

import pytest

from contract.benches import BENCHES, Bench


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Every board on its bench, closed."""
    async with BENCHES[request.param]() as made:
        yield made

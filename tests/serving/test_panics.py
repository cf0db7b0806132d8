from __future__ import annotations

import asyncio

import pytest

from semsearch.serving.panics import as_exception
from tests.serving.fakes import Panic


def test_an_exception_stays_itself() -> None:
    error = ValueError("wrong")
    assert as_exception(error) is error


@pytest.mark.parametrize(
    "error", [Panic("index out of bounds"), SystemExit(1), asyncio.CancelledError(), StopIteration()]
)
def test_other_errors_become_the_cause_of_an_exception_that_a_future_accepts(error: BaseException) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(as_exception(error))
        with pytest.raises(RuntimeError, match=type(error).__name__) as caught:
            await future
        assert caught.value.__cause__ is error

    asyncio.run(main())

"""One question is read at a time; the others wait in line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Full(Exception):  # noqa: N818  # it is no error of the program
    """As many are waiting as may."""


class Line:
    """First come, first served. The models use every core, so that two at once would be slower.

    Attributes:
        waiting: How many are in line, the one that is being served included.
    """

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.waiting = 0
        self._served = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for its turn, and holds it.

        Raises:
            Full: As many are waiting as may.
        """
        if self.waiting >= self.longest:
            raise Full
        self.waiting += 1
        try:
            async with self._served:
                yield
        finally:
            self.waiting -= 1

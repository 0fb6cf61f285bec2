"""Asking in requests as long as each device answers: some drop long ones, some answer the first value alone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exporter.observation import SnmpFailure
from exporter.probes.device import ROWS_A_REQUEST, Device, Oid, SnmpClient, SnmpProblem, Value

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
WALKS_AT_ONCE = 10
"""Walks that are under way at most: a thousand devices at the start cost no echo."""

_TOO_LONG = {SnmpFailure.TOO_BIG, SnmpFailure.INCOMPLETE}
_LONGEST = 64
_GOOD_BEFORE_LONGER = 100
_SILENCES_A_TRY = 4
_FEWER_ROWS = 5


@dataclass(slots=True)
class _Habit:
    """What a device is known to answer: values and rows a request; `silences` are its latest failures in a row."""

    values: int = _LONGEST
    rows: int = ROWS_A_REQUEST
    good: int = 0
    silences: int = 0

    def answered(self) -> None:
        """Take note of a good answer; after a hundred, twice as much is tried again: one loss isn't a habit."""
        self.silences = 0
        self.good += 1
        if self.good >= _GOOD_BEFORE_LONGER:
            self.values, self.good = min(_LONGEST, 2 * self.values), 0


class Asker:
    """Asks devices, in shorter requests those that don't answer long ones, and remembers which."""

    def __init__(self, client: SnmpClient) -> None:
        self._client = client
        self._habits: dict[tuple[str, int], _Habit] = defaultdict(_Habit)
        self._walks = asyncio.Semaphore(WALKS_AT_ONCE)

    async def get(
        self, device: Device, oids: Sequence[Oid], fixed: Oid | None = None
    ) -> dict[Oid, Value] | SnmpProblem:
        """Return the values the device has, by OID; what it hasn't is left out.

        A request that is too long for the device is halved until it is answered. `fixed` is left out where more than
        one request was needed and its value has changed meanwhile.
        """
        habit = self._habits[device.address, device.port]
        values: dict[Oid, Value] = {}
        left, requests, is_alive = list(oids), 0, False
        while left:
            part = left[: habit.values]
            answer = await self._client.get(device, part)
            if isinstance(answer, SnmpProblem):
                if len(part) == 1 or not _may_be_length(answer):
                    return answer
                is_alive = is_alive or await self._is_there(device, habit, answer)
                if not is_alive:
                    return answer
                habit.values, habit.good = (len(part) + 1) // 2, 0
                continue
            habit.answered()
            values |= answer
            del left[: len(part)]
            requests += 1
        return values if requests < 2 or fixed is None else await self._if_still(device, fixed, values)  # noqa: PLR2004

    async def walk(self, device: Device, column: Oid) -> dict[int, Value] | SnmpProblem:
        """Return a column of a table, by index, of a device that answered just now; few are walked at once."""
        habit = self._habits[device.address, device.port]
        async with self._walks:
            while True:
                rows = habit.rows
                answer = await self._client.walk(device, column, rows)
                if not isinstance(answer, SnmpProblem) or rows == 1 or not _may_be_length(answer):
                    return answer
                habit.rows = _FEWER_ROWS if rows > _FEWER_ROWS else 1

    async def _is_there(self, device: Device, habit: _Habit, problem: SnmpProblem) -> bool:
        """Say whether the device is there, so that a shorter request is worth a try.

        A silent one is asked for its uptime alone, at the first and each fourth failure in a row.
        """
        if problem.reason in _TOO_LONG:
            return True
        habit.silences += 1
        if habit.silences % _SILENCES_A_TRY != 1:
            return False
        return not isinstance(await self._client.get(device, [SYS_UP_TIME]), SnmpProblem)

    async def _if_still(self, device: Device, fixed: Oid, values: dict[Oid, Value]) -> dict[Oid, Value] | SnmpProblem:
        again = await self._client.get(device, [fixed])
        if isinstance(again, SnmpProblem):
            return again
        if again.get(fixed) != values.get(fixed):
            values.pop(fixed, None)
        return values


def _may_be_length(problem: SnmpProblem) -> bool:
    return problem.reason in _TOO_LONG or problem.reason is SnmpFailure.TIMEOUT

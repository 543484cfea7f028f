"""The production driver: carries out the steps of the engine over HTTP and PostgreSQL."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from linkpoint.errors import ServiceError
from sync.engine.ports import Call
from sync.engine.steps import Api, Db, Sleep, Step, Steps
from sync.store import Lease

T = TypeVar("T")

LONGEST_SLEEP = timedelta(seconds=5)
"""A step never holds a worker longer than this."""


class Caller(Protocol):
    """Carries out calls to the two services."""

    def call(self, call: Call[Any]) -> Any:
        """Return the answer.  Raises ServiceError."""


class Fenced(Protocol):
    """A store of the engine, writing under a lease."""

    lease: Lease


class TimeIsUp(Exception):
    """The job's time is used up between two steps; what was done is stored, and another job goes on from there."""


class Driver:
    """Runs generators of steps until they end, the turn is lost, or the time is up.

    Args:
        caller: For the calls.
        stores: For the transactions; the first that has a method of the step's name runs it.
        deadline: Monotonic seconds; None has all the time it needs.
    """

    def __init__(
        self, caller: Caller, stores: Sequence[Fenced], *, deadline: float | None = None
    ) -> None:
        self._caller = caller
        self._stores = stores
        self._deadline = deadline

    def run(self, steps: Steps[T]) -> T:
        """Return what the generator returns.

        Raises:
            ServiceError: As the engine lets it pass.
            LostLease: Another worker has the turn.
            TimeIsUp: At a step behind the deadline.
        """
        answer: Any = None
        error: ServiceError | None = None
        while True:
            try:
                step = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration as done:
                result: T = done.value
                return result
            answer, error = None, None
            try:
                answer = self._carry_out(step)
            except ServiceError as failed:
                error = failed

    def _carry_out(self, step: Step) -> Any:
        match step:
            case Api(call):
                self._in_time()
                for store in self._stores:
                    store.lease.check()
                return self._caller.call(call)
            case Db(method, args):
                owner = next(store for store in self._stores if hasattr(store, method))
                return getattr(owner, method)(*args)
            case Sleep(duration):
                time.sleep(min(duration, LONGEST_SLEEP).total_seconds())
                return None

    def _in_time(self) -> None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise TimeIsUp

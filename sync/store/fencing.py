"""One method, one transaction, whose first statement asks for the epoch."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from django.db import transaction

from sync.store.leases import Lease

P = ParamSpec("P")
T = TypeVar("T")


class Fenced(Protocol):
    """Something that acts while it has a turn."""

    lease: Lease


F = TypeVar("F", bound=Fenced)


def fenced(method: Callable[Concatenate[F, P], T]) -> Callable[Concatenate[F, P], T]:
    """Run a method in a transaction of its own that writes nothing once the turn is lost."""

    @wraps(method)
    def inside(self: F, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            self.lease.fence()
            return method(self, *args, **kwargs)

    return inside

"""What the engine asks for.  It does no I/O itself: it yields steps, and a driver carries them out.

A generator of steps may be abandoned at any yield; what is true afterwards stands in the store.  Steps are data, so
that a driver can batch them, a trace can show them and a fault can be placed between any two.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

from sync.engine.ports import Call, OrganizationStore, Store

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Api:
    """Make one call to a service."""

    call: Call[Any]


@dataclass(frozen=True, slots=True)
class Db:
    """Run one method of the mailbox's or the organization's store in one transaction, fenced by the epoch of the lease."""

    method: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait; the driver decides how."""

    duration: timedelta


Step: TypeAlias = Api | Db | Sleep
Steps: TypeAlias = Generator[Step, Any, T]


def api(call: Call[T]) -> Steps[T]:
    """Ask for one call and return its answer; its errors are raised here."""
    return cast("T", (yield Api(call)))


def db(method: Callable[Concatenate[Store, P], T], *args: P.args, **_: P.kwargs) -> Steps[T]:
    """Ask for one transaction (a method of ``Store``, positional arguments) and return what it returned."""
    return cast("T", (yield Db(method.__name__, args)))


def org(
    method: Callable[Concatenate[OrganizationStore, P], T], *args: P.args, **_: P.kwargs
) -> Steps[T]:
    """Ask for one transaction of the organization's store; as :func:`db` otherwise."""
    return cast("T", (yield Db(method.__name__, args)))


def sleep(duration: timedelta) -> Steps[None]:
    """Ask to wait."""
    yield Sleep(duration)

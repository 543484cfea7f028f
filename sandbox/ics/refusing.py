"""What stops one component, and nothing but this one."""

from types import TracebackType

from sandbox.ics.report import Entry
from sandbox.microsoft.errors import GraphError


class Unusable(Exception):
    """The component cannot become an event; the text says why."""


class Refusing:
    """Notes what stops a component in its entry, and goes on with the next."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        reason = _reason(error)
        if reason is None:
            return False
        if self._entry.events:
            self._entry.change(f"stopped after {self._entry.events} events: {reason}")
        else:
            self._entry.refuse(reason)
        return True


def _reason(error: BaseException | None) -> str | None:
    if isinstance(error, Unusable):
        return str(error)
    if isinstance(error, GraphError):
        return error.message.removeprefix("SANDBOX: ")
    return "a time is out of range" if isinstance(error, OverflowError) else None

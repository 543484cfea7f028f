"""What Graph answers when it refuses: code, message, status (contract, section 16)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class GraphError(Exception):
    """A request was refused.

    A message that starts with ``SANDBOX:`` says that the wording of the real service is not known.
    """

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def invalid(message: str) -> GraphError:
    """Return the refusal of a request whose content does not fit; the wording is ours."""
    return GraphError(400, "ErrorInvalidRequest", f"SANDBOX: {message}")


def not_found() -> GraphError:
    """Return what an unknown or deleted item answers."""
    message = "The specified object was not found in the store."
    return GraphError(404, "ErrorItemNotFound", message)


def conflict() -> GraphError:
    """Return what a write on an outdated change key answers (section 8)."""
    message = (
        "The send or update operation could not be performed because the change key passed in "
        "the request does not match the current change key for the item."
    )
    return GraphError(412, "ErrorIrresolvableConflict", message)


def no_such_path(path: str) -> GraphError:
    """Return what a path outside the emulation answers."""
    return GraphError(404, "SandboxUnknownPath", f"SANDBOX: {path} is not emulated.")


def not_allowed(method: str) -> GraphError:
    """Return what a method outside the emulation answers."""
    return GraphError(405, "SandboxMethodNotAllowed", f"SANDBOX: {method} is not emulated here.")

"""Why something that a person asked for was not done."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from linkpoint.errors import NeedsPerson, Refused, ServiceError, TryLater

_NEXT_AFTER = {
    "consent": "An administrator approves LinkPoint in Microsoft 365, or you sign in to Microsoft again.",
    "approval": 'An administrator pre-authorizes the connected app for you, or you choose "Connect Salesforce".',
    "access": "An administrator allows it.",
    "licence": "An administrator gives the mailbox a licence for Exchange Online.",
    "secret": "An administrator enters the present secret, key or certificate.",
    "user_inactive": "An administrator activates the user.",
    "api_limit": "Wait until calls are free again; an administrator can raise the limit.",
    "configuration": "An administrator corrects the settings of the connection.",
}


def way_out(error: ServiceError) -> str:
    """Return what to do after an error of a service."""
    if isinstance(error, TryLater):
        return "Try again in a minute."
    if isinstance(error, NeedsPerson):
        return _NEXT_AFTER.get(error.what, "An administrator looks into it.")
    return "An administrator looks into it."


class NotDone(Exception):
    """Nothing was done.

    Attributes:
        message: One plain sentence: the cause.
        field: Which input is wrong, by its name with underscores; empty if none is.
        way: What to do next; may be empty.
        kind: A fixed word for scripts: ``invalid``, ``not_found``, or an error type of ``linkpoint.errors``.
        more: What else scripts are told, beside the error.
    """

    more: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self, message: str, *, field: str = "", way: str = "", kind: str = "invalid"
    ) -> None:
        super().__init__(message)
        self.message, self.field, self.way, self.kind = message, field, way, kind

    @classmethod
    def from_service(cls, error: ServiceError, field: str = "") -> Self:
        """Return the refusal that an error of a service stands for."""
        named = field or (error.field if isinstance(error, Refused) else "")
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
        return cls(error.why, field=named, way=way_out(error), kind=kind)

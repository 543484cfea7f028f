"""What the REST API answers when it refuses: one error, its code, its status."""

from dataclasses import dataclass, field

STATUS_OF = {
    "INVALID_SESSION_ID": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "METHOD_NOT_ALLOWED": 405,
    "UNSUPPORTED_API_VERSION": 410,
    "SANDBOX_PRECONDITION_FAILED": 412,
}


@dataclass
class ApiError(Exception):
    """A request or one row of it was refused.

    A message that starts with ``SANDBOX:`` says that the wording of the real service is not known.
    """

    code: str
    message: str
    fields: tuple[str, ...] | None = None
    status: int = 0
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def http_status(self) -> int:
        """The status when this error is the whole answer."""
        return self.status or STATUS_OF.get(self.code, 400)

    def as_entry(self) -> dict[str, object]:
        """Return the entry of the error array."""
        entry: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = list(self.fields)
        return entry | self.extra

    def as_row_error(self) -> dict[str, object]:
        """Return the entry inside a row of sObject Collections, where the code has another name."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


class ApiErrors(Exception):
    """Several refusals of one row at once; the error array has an entry for each."""

    def __init__(self, errors: list[ApiError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


def raise_all(errors: list[ApiError]) -> None:
    """Raise what was collected, if anything was.

    Raises:
        ApiError: There is one.
        ApiErrors: There are several.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ApiErrors(errors)


def unknown(what: str) -> str:
    """Return a message that cannot be taken for one of the real service."""
    return f"SANDBOX: {what}"

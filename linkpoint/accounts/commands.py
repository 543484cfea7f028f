"""What operator commands share: ``--json``, tables, exit status, and arguments checked with the name of the field.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 needs a person (a Hold or a Conflict was left).
"""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from linkpoint.accounts.checks import Check
from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.refusal import NotDone
from linkpoint.errors import ServiceError
from linkpoint.salesforce.canvas import to_18

FAILED, WRONG_USAGE, NEEDS_PERSON = 1, 2, 3

_FILE_LIMIT_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did.

    Attributes:
        document: What ``--json`` prints.
        lines: What people read without it.
        status: 0, or 3 when a Hold or a Conflict was left.
    """

    document: Mapping[str, Any]
    lines: Sequence[str] = field(default_factory=tuple)
    status: int = 0


class OperatorCommand(BaseCommand):
    """A command for administrators and their scripts; subclasses write :meth:`arguments` and :meth:`act`."""

    requires_system_checks: list[str] = []

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the command's own arguments."""

    def act(self, **options: Any) -> Outcome:
        """Do it.

        Raises:
            NotDone: Nothing was done, or it stopped; errors of the services may pass as they are.
        """
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--json`` and the command's own arguments."""
        self.arguments(parser)
        parser.add_argument(
            "--json", action="store_true", help="print one JSON document on standard output"
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process; wrong usage is told as JSON too when JSON was asked for."""
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            if end.code == WRONG_USAGE and "--json" in argv and not self._has_printed:
                message = "The arguments are not right. Standard error says which."
                way = f"See manage.py {argv[1]} --help."
                failure = NotDone(message, way=way, kind="usage")
                sys.stdout.write(json.dumps(_error_document(failure)) + "\n")
            raise

    def handle(self, **options: Any) -> None:
        """Act, print, and leave with the exit status."""
        as_json = bool(options.pop("json", False))
        for name in list(BASE_OPTIONS & options.keys()):
            del options[name]
        try:
            outcome = self.act(**options)
        except ServiceError as error:
            self._fail(NotDone.from_service(error), as_json=as_json)
        except NotDone as failure:
            self._fail(failure, as_json=as_json)
        else:
            self._print(outcome, as_json=as_json)
            if outcome.status:
                raise CommandError("A person has to decide.", returncode=outcome.status)

    _has_printed = False

    def _print(self, outcome: Outcome, *, as_json: bool) -> None:
        self._has_printed = True
        if as_json:
            self.stdout.write(json.dumps(outcome.document, default=str))
        else:
            self.stdout.write("\n".join(outcome.lines))

    def _fail(self, failure: NotDone, *, as_json: bool) -> None:
        if as_json:
            self._has_printed = True
            self.stdout.write(json.dumps(_error_document(failure)))
        option = f"{_spelled(failure.field)}: " if failure.field else ""
        way = f"\nNext: {failure.way}" if failure.way else ""
        raise CommandError(f"{option}{failure.message}{way}", returncode=FAILED)


BASE_OPTIONS = frozenset(
    {
        "verbosity",
        "settings",
        "pythonpath",
        "traceback",
        "no_color",
        "force_color",
        "skip_checks",
    }
)
"""Options that Django gives every command."""


def _spelled(field_name: str) -> str:
    """Return a field as it is typed: an option, or a variable of the environment."""
    return f"--{field_name.replace('_', '-')}" if field_name.islower() else field_name


def _error_document(failure: NotDone) -> dict[str, Any]:
    """Return what is printed instead of the result."""
    told = {"type": failure.kind, "message": failure.message, "next": failure.way}
    error = {**told, **({"field": failure.field} if failure.field else {})}
    return {"error": error, **failure.more}


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return lines with columns as wide as their widest cell."""
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def check_lines(checks: Sequence[Check]) -> list[str]:
    """Return the checks as people read them, each failure with its way out."""
    words = {True: "ok", False: "FAILED", None: "-"}
    lines: list[str] = []
    for check in checks:
        lines.append(f"{words[check.ok]:<7} {check.name}: {check.detail}")
        if check.next:
            lines.append(f"        {check.next}")
    return lines


def organization_id(text: str) -> str:
    """Return the id with 18 characters.

    Raises:
        NotDone: Not the id of an organization.
    """
    try:
        full = to_18(text)
    except ValueError:
        full = ""
    if not full.startswith("00D"):
        raise NotDone(
            "This is no organization id: it has 18 letters and digits and begins with 00D.",
            field="organization",
            way="In Salesforce, Setup > Company Information shows it.",
        )
    return full


def organization_of(text: str) -> Organization:
    """Return the connected organization with this id.

    Raises:
        NotDone: There is none.
    """
    organization = Organization.objects.filter(salesforce_id=organization_id(text)).first()
    if organization is None:
        way = "Connect it with connect_organization."
        raise NotDone("This organization is not connected.", field="organization", way=way)
    return organization


def user_of(username: str) -> User:
    """Return the user with this Salesforce username, whose mailbox, profile and organization are at hand.

    Raises:
        NotDone: There is none, or more than one organization has it.
    """
    people = User.objects.select_related("organization", "profile", "mailbox__tenant")
    found = list(people.filter(username__iexact=username)[:2])
    if not found:
        raise NotDone("Nobody has this username.", field="user", way="See add_user.")
    if len(found) > 1:
        way = "Remove the user from the organization where the username is old."
        raise NotDone("Two organizations have this username.", field="user", way=way)
    return found[0]


def secret_from(variable: str, field_name: str) -> str:
    """Return a secret from an environment variable; secrets are never arguments.

    Raises:
        NotDone: The variable is not set, or is empty.
    """
    secret = os.environ.get(variable, "").strip()
    if not secret:
        way = f"Put the secret into {variable} and run the command again."
        raise NotDone(
            f"The environment variable {variable} is not set or empty.", field=field_name, way=way
        )
    return secret


def text_from(path: str, field_name: str) -> str:
    """Return the text of a small file.

    Raises:
        NotDone: It cannot be read, is too large, or is no text.
    """
    way = "Give the path of a PEM file."
    try:
        with Path(path).open("rb") as file:
            data = file.read(_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise NotDone(f"{path}: {reason}.", field=field_name, way=way) from None
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if len(data) > _FILE_LIMIT_BYTES or "-----BEGIN " not in text:
        raise NotDone(f"{path} is no PEM file.", field=field_name, way=way)
    return text

"""Run one cycle of one user's mailbox in the foreground."""

from argparse import ArgumentParser
from typing import Any

from linkpoint.accounts.commands import (
    NEEDS_PERSON,
    OperatorCommand,
    Outcome,
    table,
    user_of,
)
from linkpoint.accounts.models import Mailbox, User
from linkpoint.accounts.refusal import NotDone
from sync.store import LostLease
from sync.wiring.cycles import Wish, read_organization, run_cycle
from sync.wiring.documents import run_document
from sync.wiring.turns import Busy

_PATIENCE_S = 30.0


class Command(OperatorCommand):
    """``sync USER [--plan] [--full]``."""

    help = "Read both calendars and carry out what follows; --plan writes nothing, --full reads everything again."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="Salesforce username")
        parser.add_argument("--plan", action="store_true", help="write nothing to Salesforce")
        parser.add_argument("--full", action="store_true", help="read everything again")

    def act(self, **options: Any) -> Outcome:
        person, plan = user_of(options["user"]), options["plan"]
        mailbox = mailbox_of(person)
        wish = Wish(full=options["full"], plan_only=plan, count=True)
        shared = read_organization(person.organization)
        try:
            work = run_cycle(mailbox.pk, wish, patience_s=_PATIENCE_S)
        except (Busy, LostLease):
            raise busy() from None
        if work.error is not None:
            raise NotDone.from_service(work.error)
        document = run_document(work, planned_only=plan)
        for name, number in shared.items():
            document["calls"][name] += number
        return Outcome(document, run_lines(document), status_of(document))


def mailbox_of(user: User) -> Mailbox:
    """Return the user's mailbox.

    Raises:
        NotDone: None is connected.
    """
    mailbox = Mailbox.objects.filter(user=user).first()
    if mailbox is None:
        raise NotDone("This user has no mailbox.", field="user", way="Connect one with add_user.")
    return mailbox


def busy() -> NotDone:
    """Return the failure of a mailbox that another process works on."""
    way = "Run the command again in a minute."
    return NotDone("Another worker is busy with this mailbox.", way=way, kind="try_later")


def status_of(document: dict[str, Any]) -> int:
    """Return 3 when the run left something for a person, else 0."""
    return NEEDS_PERSON if document["holds"] or document["conflicts"] else 0


def run_lines(document: dict[str, Any]) -> list[str]:
    """Return a run as people read it."""
    counts = ", ".join(f"{number} {code}" for code, number in document["verdicts"].items())
    lines = [
        f"Run {document['run']} of {document['user']} ({document['mode']}): {counts or 'nothing considered'}"
    ]
    if document["actions"]:
        rows = [
            [action["n"], action["op"], action["state"], action["outlook_id"], action["salesforce_id"] or "",
             action["reason"] or ""]
            for action in document["actions"]
        ]  # fmt: skip
        lines += table(["n", "action", "state", "Outlook", "Salesforce", "why"], rows)
    lines += [f"Waits for you: {entry['reason']}" for entry in document["conflicts"]]
    return lines

"""How every mailbox is doing."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from linkpoint.accounts.commands import OperatorCommand, Outcome, organization_of, table, user_of
from linkpoint.accounts.models import Mailbox
from sync.wiring.statuses import mailbox_statuses


class Command(OperatorCommand):
    """``status [--organization ORG] [--user USER]``."""

    help = "Show mailboxes with mode, state, last and next run, lag, open questions, and the API allowance."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", help="18-character id")
        parser.add_argument("--user", help="Salesforce username")

    def act(self, **options: Any) -> Outcome:
        boxes = Mailbox.objects.all()
        if options["organization"]:
            boxes = boxes.filter(organization=organization_of(options["organization"]))
        if options["user"]:
            boxes = boxes.filter(user=user_of(options["user"]))
        mailboxes, allowances = mailbox_statuses(boxes, timezone.now())
        rows = [
            [m["username"], m["mode"], m["state"], m["last_run"] or "-", m["next_run"] or "-", m["conflicts"],
             m["problem"] or ""]
            for m in mailboxes
        ]  # fmt: skip
        lines = table(
            ["user", "mode", "state", "last run", "next run", "questions", "problem"], rows
        )
        return Outcome({"mailboxes": mailboxes, "organizations": allowances}, lines)

"""Say why an event did or did not sync."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from linkpoint.accounts.commands import OperatorCommand, Outcome, user_of
from linkpoint.accounts.refusal import NotDone
from sync.management.commands.sync import mailbox_of
from sync.wiring.documents import verdict_documents
from sync.wiring.explaining import Explanation, explain_event
from sync.wiring.work import policy_of

_UNKNOWN = "Neither Outlook nor Salesforce was seen to hold this."


class Command(OperatorCommand):
    """``why USER OUTLOOK_OR_SALESFORCE_ID``."""

    help = (
        "Say which rules were asked about an event, what they answered, and what would change that."
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="Salesforce username")
        parser.add_argument("id", help="id of the event in Outlook or Salesforce")

    def act(self, **options: Any) -> Outcome:
        person = user_of(options["user"])
        told = explain_event(mailbox_of(person), policy_of(person), options["id"], timezone.now())
        if told.state == "unknown":
            way = "Run sync USER first, or check the id and whose calendar it is in."
            raise NotDone(_UNKNOWN, field="id", way=way, kind="gone")
        document = {
            "item": _item(told),
            "state": told.state,
            "verdicts": verdict_documents(told.verdicts),
            "would_sync_if": told.would_sync_if,
            "reason": told.reason or None,
        }
        lines = [f"State: {told.state}", *([told.reason] if told.reason else [])]
        lines += [f"{verdict.outcome:<10} {verdict.reason}" for verdict in told.verdicts]
        lines += [f"It would sync after: {change}" for change in told.would_sync_if]
        return Outcome(document, lines)


def _item(told: Explanation) -> dict[str, Any]:
    """Return which item it is; a private one is named by its time alone."""
    row, link = told.row, told.link
    fields = row.fields if row else {}
    return {
        "outlook_id": row.outlook_id if row else (link.outlook_id if link else None),
        "salesforce_id": link.salesforce_id if link else None,
        "subject": None if row is None or row.is_private else fields.get("subject"),
        "start": fields.get("start"),
        "end": fields.get("end"),
        "all_day": fields.get("all_day"),
    }

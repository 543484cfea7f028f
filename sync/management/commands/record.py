"""Record one Outlook event in Salesforce in the foreground."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from linkpoint.accounts.commands import (
    NEEDS_PERSON,
    OperatorCommand,
    Outcome,
    user_of,
)
from linkpoint.accounts.connections import salesforce_client
from linkpoint.accounts.refusal import NotDone
from sync.management.commands.sync import busy, mailbox_of
from sync.store import LostLease
from sync.wiring.documents import verdict_documents
from sync.wiring.extras import BadExtra, extras_for
from sync.wiring.recording import RecordResult, record_event
from sync.wiring.turns import Busy

_PATIENCE_S = 30.0


class Command(OperatorCommand):
    """``record USER OUTLOOK_ID [--what ID] [--who ID...] [--field NAME=VALUE...]``."""

    help = "Record one event, once however often it is asked for."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="Salesforce username")
        parser.add_argument("outlook_id", help="immutable id of the event or occurrence")
        parser.add_argument("--what", default="", metavar="ID", help="related record")
        for option, value, what in (
            ("--who", "ID", "contact or lead"),
            ("--field", "NAME=VALUE", "field of the Event"),
        ):
            told = f"{what}; several after one option, or the option again"
            parser.add_argument(
                option, action="extend", nargs="+", default=[], metavar=value, help=told
            )

    def act(self, **options: Any) -> Outcome:
        person = user_of(options["user"])
        mailbox = mailbox_of(person)
        try:
            extras = extras_for(
                salesforce_client(person), options["what"], options["who"], _pairs(options["field"])
            )
            result = record_event(
                mailbox.pk, options["outlook_id"], "command", extras=extras, patience_s=_PATIENCE_S
            )
        except BadExtra as wrong:
            raise NotDone(str(wrong), field=wrong.field, kind="bad_value") from None
        except (Busy, LostLease):
            raise busy() from None
        return outcome_of(result)


def outcome_of(result: RecordResult) -> Outcome:
    """Return what is printed about a recorded event.

    Raises:
        NotDone: It was refused or could not be done.
    """
    if result.error is not None:
        raise NotDone.from_service(result.error)
    if result.state in ("refused", "retry"):
        raise Refusal(result)
    document = _document(result)
    words = {"create": "Recorded", "update": "Brought up to date"}
    line = f"{words.get(result.action, 'Recorded already')}: {result.salesforce_id}"
    status = NEEDS_PERSON if result.state in ("conflict", "held") else 0
    return Outcome(document, [line, *([result.reason] if result.reason else [])], status)


class Refusal(NotDone):
    """The event was not recorded; the document also says which rules were asked."""

    def __init__(self, result: RecordResult) -> None:
        super().__init__(result.reason, way=result.next, kind=result.state)
        self.more = _document(result)


def _document(result: RecordResult) -> dict[str, Any]:
    return {
        "action": result.action,
        "outlook_id": result.outlook_id,
        "salesforce_id": result.salesforce_id,
        "verdicts": verdict_documents(result.verdicts),
        "state": result.state,
        "reason": result.reason or None,
    }


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if any(not equals for _, equals, _ in pairs):
        raise BadExtra("field", "Give NAME=VALUE.")
    return {name: value for name, _, value in pairs}

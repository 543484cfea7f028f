"""Do in the foreground what the clock would start now."""

from argparse import ArgumentParser
from typing import Any

from linkpoint.accounts.commands import NEEDS_PERSON, OperatorCommand, Outcome, organization_of
from sync.management.commands.sync import run_lines, status_of
from sync.wiring.cycles import run_due
from sync.wiring.documents import run_document


class Command(OperatorCommand):
    """``sync_due [--organization ORG]``."""

    help = "Read every calendar that is due and carry out what follows."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", help="18-character id; without it all of them")

    def act(self, **options: Any) -> Outcome:
        organization = options["organization"]
        report = run_due(organization_of(organization) if organization else None)
        runs = []
        lines = [f"{len(report.works)} mailboxes were due."]
        for work in report.works:
            document = run_document(work)
            if work.error is not None:
                document["error"] = {"type": type(work.error).__name__, "message": work.error.why}
                lines.append(f"{document['user']}: {work.error.why}")
            else:
                lines += run_lines(document)
            runs.append(document)
        status = NEEDS_PERSON if any(status_of(document) for document in runs) else 0
        return Outcome(
            {"mailboxes": len(report.works), "runs": runs, "calls": report.calls}, lines, status
        )

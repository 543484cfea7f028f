"""Add a person with both calendars."""

from argparse import ArgumentParser
from typing import Any

from linkpoint.accounts.commands import OperatorCommand, Outcome, check_lines, organization_of
from linkpoint.accounts.onboarding.people import PersonInput, add_person


class Command(OperatorCommand):
    """``manage.py add_user``."""

    help = "Add a person, or give them another mailbox, calendar or profile, and test both sides."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="ORG", help="18-character id")
        parser.add_argument("--salesforce-username", required=True, metavar="U")
        parser.add_argument("--mailbox", required=True, metavar="ADDRESS")
        parser.add_argument("--calendar", default="", metavar="NAME_OR_ID")
        parser.add_argument("--profile", default="", metavar="NAME")

    def act(self, **options: Any) -> Outcome:
        given = PersonInput(
            username=options["salesforce_username"],
            address=options["mailbox"],
            calendar=options["calendar"],
            profile=options["profile"],
        )
        user, checks = add_person(organization_of(options["organization"]), given)
        mailbox = user.mailbox
        told = {
            "id": user.pk,
            "username": user.username,
            "salesforce_user_id": user.salesforce_user_id,
            "mailbox": {
                "id": mailbox.pk,
                "address": mailbox.address,
                "calendar_id": mailbox.calendar_id,
                "time_zone": mailbox.time_zone,
            },
        }
        document = {"user": told, "checks": [check.as_dict() for check in checks]}
        line = (
            f'Added {user}: calendar "{mailbox.calendar_name}" of {mailbox}, {mailbox.time_zone}.'
        )
        return Outcome(document, [line, *check_lines(checks)])

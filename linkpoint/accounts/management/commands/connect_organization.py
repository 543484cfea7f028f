"""Connect a Salesforce organization."""

from argparse import ArgumentParser
from typing import Any

from linkpoint.accounts.commands import (
    OperatorCommand,
    Outcome,
    check_lines,
    organization_id,
    secret_from,
    text_from,
)
from linkpoint.accounts.onboarding.organizations import OrganizationInput, connect_organization


class Command(OperatorCommand):
    """``manage.py connect_organization``."""

    help = "Connect a Salesforce organization, or change how it is connected, and test it."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="ORG", help="18-character id")
        parser.add_argument("--instance-url", required=True, metavar="URL")
        parser.add_argument("--login-url", default="", metavar="URL")
        parser.add_argument("--consumer-key", required=True, metavar="KEY")
        parser.add_argument("--consumer-secret-env", required=True, metavar="VAR")
        parser.add_argument("--jwt-key-file", default="", metavar="PEM")
        parser.add_argument("--integration-username", default="", metavar="U")
        parser.add_argument("--sandbox", action="store_true", help="the org is a sandbox")

    def act(self, **options: Any) -> Outcome:
        key_file = options["jwt_key_file"]
        organization, checks = connect_organization(
            OrganizationInput(
                salesforce_id=organization_id(options["organization"]),
                instance_url=options["instance_url"],
                consumer_key=options["consumer_key"],
                consumer_secret=secret_from(options["consumer_secret_env"], "consumer_secret_env"),
                login_url=options["login_url"],
                jwt_private_key=text_from(key_file, "jwt_key_file") if key_file else "",
                integration_username=options["integration_username"],
                is_sandbox=options["sandbox"],
            )
        )
        told = {
            "id": organization.salesforce_id,
            "name": organization.name,
            "instance_url": organization.instance_url,
        }
        document = {"organization": told, "checks": [check.as_dict() for check in checks]}
        return Outcome(document, [f"Connected {organization}.", *check_lines(checks)])

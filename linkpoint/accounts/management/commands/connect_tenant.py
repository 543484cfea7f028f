"""Connect a Microsoft 365 tenant."""

from argparse import ArgumentParser
from typing import Any

from linkpoint.accounts.commands import (
    OperatorCommand,
    Outcome,
    check_lines,
    organization_of,
    secret_from,
    text_from,
)
from linkpoint.accounts.onboarding.tenants import TenantInput, connect_tenant


class Command(OperatorCommand):
    """``manage.py connect_tenant``."""

    help = "Connect a Microsoft 365 tenant, or change how it is connected, and test it."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="ORG", help="18-character id")
        parser.add_argument("--tenant", required=True, metavar="ID")
        parser.add_argument("--client-id", required=True, metavar="ID")
        credential = parser.add_mutually_exclusive_group(required=True)
        credential.add_argument("--client-secret-env", default="", metavar="VAR")
        credential.add_argument(
            "--certificate-file", default="", metavar="PEM", help="certificate and private key"
        )

    def act(self, **options: Any) -> Outcome:
        organization = organization_of(options["organization"])
        variable, file = options["client_secret_env"], options["certificate_file"]
        given = TenantInput(
            tenant_id=options["tenant"],
            client_id=options["client_id"],
            client_secret="" if file else secret_from(variable, "client_secret_env"),
            certificate=text_from(file, "certificate_file") if file else "",
        )
        tenant, checks = connect_tenant(organization, given)
        document = {
            "tenant": {"id": tenant.tenant_id},
            "checks": [check.as_dict() for check in checks],
        }
        return Outcome(document, [f"Connected tenant {tenant}.", *check_lines(checks)])

"""An emulated organization and tenant with two people, connected or about to be."""

import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command

from linkpoint.accounts.models import Organization
from linkpoint.salesforce.canvas import to_18

ORGANIZATION = to_18("00D5g00000AcmeX")
TENANT = "9a1f2c3d-0000-4000-8000-00000000acee"
CLIENT = "5b6c7d8e-0000-4000-8000-0000000c11e0"
CLIENT_SECRET = "hush-client-secret"
CONSUMER_SECRET = "hush-consumer-secret"
CONSUMER_KEY = "acme-consumer-key"
HANNA, TOM = "hanna.weiss@acme.example", "tom.berg@acme.example"

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC_PEM = (
    _KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@dataclass
class Cast:
    """The two emulated services with their people."""

    sandbox: Any
    org: Any
    key_file: Path

    @property
    def microsoft(self) -> Any:
        """Return the emulated Microsoft 365."""
        return self.sandbox.world.microsoft

    def id_of(self, username: str) -> str:
        """Return the Salesforce id of a user."""
        return next(str(u["Id"]) for u in self.org.users() if u["Username"] == username)

    def connect_organization(self, *more: str) -> dict[str, Any]:
        """Run the command with what fits, and ``more``."""
        return run(
            *("connect_organization", "--organization", ORGANIZATION),
            *("--instance-url", "https://acme.my.salesforce.com"),
            *("--consumer-key", CONSUMER_KEY, "--consumer-secret-env", "ACME_SECRET"),
            *("--jwt-key-file", str(self.key_file), *more),
        )

    def connect_tenant(self, *more: str) -> dict[str, Any]:
        """Run the command with what fits, and ``more``."""
        return run(
            *("connect_tenant", "--organization", ORGANIZATION, "--tenant", TENANT),
            *("--client-id", CLIENT, *(more or ("--client-secret-env", "TENANT_SECRET"))),
        )

    def add_user(self, username: str = HANNA, mailbox: str = HANNA, *more: str) -> dict[str, Any]:
        """Run the command with what fits, and ``more``."""
        return run(
            *("add_user", "--organization", ORGANIZATION, "--salesforce-username", username),
            *("--mailbox", mailbox, *more),
        )

    def connect(self) -> Organization:
        """Connect all of it; return the organization."""
        self.connect_organization()
        self.connect_tenant()
        self.add_user()
        return Organization.objects.get()


def set_the_scene(sandbox: Any, folder: Path) -> Cast:
    """Put organization, tenant and people into the emulated services."""
    microsoft = sandbox.world.microsoft
    microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT, client_secret=CLIENT_SECRET)
    org = sandbox.world.salesforce.add_org(
        organization_id=ORGANIZATION,
        my_domain="acme",
        name="Acme",
        consumer_key=CONSUMER_KEY,
        consumer_secret=CONSUMER_SECRET,
        jwt_certificate_or_public_key_pem=PUBLIC_PEM,
        app_url="http://localhost/canvas/",
    )
    for address, name in ((HANNA, "Hanna Weiss"), (TOM, "Tom Berg")):
        microsoft.add_mailbox(
            tenant_id=TENANT, address=address, name=name, time_zone="W. Europe Standard Time"
        )
        org.add_user(username=address, name=name, email=address, time_zone="Europe/Berlin")
    key_file = folder / "jwt.pem"
    key_file.write_text(PRIVATE_PEM)
    return Cast(sandbox, org, key_file)


def run(*arguments: str) -> dict[str, Any]:
    """Run an operator command with ``--json``; return its document with ``status``, the exit status."""
    output, status = StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=output, stderr=StringIO())
    except CommandError as error:
        status = error.returncode
    printed = output.getvalue()
    document: dict[str, Any] = json.loads(printed) if printed else {}
    return {**document, "status": status}

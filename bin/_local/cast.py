"""The people of the demo: in the emulated services by their control API, in LinkPoint by the operator commands."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _local import secrets_file
from _local.doorways import Doorways
from _local.places import LOCAL, CannotRun
from _local.preparation import manage, must

FIRST_MAILBOX = "hanna.weiss@acme.example"


class Cast:
    """One organization, one tenant, and people who have both calendars."""

    def __init__(self, doorways: Doorways, secrets: Mapping[str, str]) -> None:
        self._doorways = doorways
        self._secrets = secrets

    def enter(self, environment: Mapping[str, str]) -> None:
        """Create all of them in the sandbox and connect them; who is there already stays.

        Raises:
            CannotRun: The sandbox or a command refused; the message says why.
        """
        scene = self.set_scene()
        with_secrets = {
            **environment,
            "DEMO_CONSUMER_SECRET": self._secrets["CONSUMER_SECRET"],
            "DEMO_CLIENT_SECRET": self._secrets["CLIENT_SECRET"],
            "DJANGO_SUPERUSER_PASSWORD": self._secrets["ADMIN_PASSWORD"],
        }
        must(*_organization(scene, self._key_file()), environment=with_secrets)
        must(*_tenant(scene), environment=with_secrets)
        for person in scene["people"]:
            must(*_user(scene, person), environment=with_secrets)
        _administrator(with_secrets)

    def set_scene(self) -> dict[str, Any]:
        """Ask the sandbox to set the scene, or to renew its addresses and secrets; return who and what is in it.

        Raises:
            CannotRun: The sandbox refused; the message says why.
        """
        wanted = {
            "scene": "demo",
            "app_url": f"{self._doorways.app_url}/canvas/",
            "consumer_secret": self._secrets["CONSUMER_SECRET"],
            "client_secret": self._secrets["CLIENT_SECRET"],
            "jwt_public_key": secrets_file.public_key(self._secrets["JWT_KEY"]),
        }
        request = urllib.request.Request(
            f"{self._doorways.sandbox_url}/control/seed",
            data=json.dumps(wanted).encode(),
            headers={"Content-Type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=30) as answer:
                scene: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise CannotRun(
                f"The sandbox did not set the scene: {error.read().decode()}"
            ) from error
        return scene

    def _key_file(self) -> Path:
        file = LOCAL / "salesforce-jwt.pem"
        file.touch(mode=0o600)
        file.write_text(self._secrets["JWT_KEY"])
        return file


def _organization(scene: Mapping[str, Any], key_file: Path) -> list[str]:
    organization = scene["organization"]
    return [
        "connect_organization",
        *("--organization", organization["id"], "--instance-url", organization["instance_url"]),
        *("--consumer-key", organization["consumer_key"]),
        *("--consumer-secret-env", "DEMO_CONSUMER_SECRET", "--jwt-key-file", str(key_file)),
        *("--integration-username", organization["integration_username"]),
    ]


def _tenant(scene: Mapping[str, Any]) -> list[str]:
    tenant = scene["tenant"]
    return [
        "connect_tenant",
        *("--organization", scene["organization"]["id"], "--tenant", tenant["id"]),
        *("--client-id", tenant["client_id"], "--client-secret-env", "DEMO_CLIENT_SECRET"),
    ]


def _user(scene: Mapping[str, Any], person: Mapping[str, Any]) -> list[str]:
    return [
        "add_user",
        *("--organization", scene["organization"]["id"]),
        *("--salesforce-username", person["username"], "--mailbox", person["address"]),
    ]


def _administrator(environment: Mapping[str, str]) -> None:
    command = (
        "createsuperuser",
        "--noinput",
        "--username",
        "admin",
        "--email",
        "admin@acme.example",
    )
    ran = manage(*command, environment=environment)
    if ran.returncode != 0 and "already taken" not in ran.stderr:
        raise CannotRun(f"manage.py createsuperuser failed:\n  {ran.stderr.strip()}")

"""Scenes: a whole cast in one call.  Setting a scene again keeps what is there and renews addresses and secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.microsoft import demo as microsoft_demo
from sandbox.microsoft.mailbox import Mailbox
from sandbox.refusals import BadRequest
from sandbox.salesforce import demo as salesforce_demo
from sandbox.world import World

CONSUMER_KEY = "linkpoint-demo-consumer-key"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a scene needs from outside; none of it is in the code."""

    app_url: str
    consumer_secret: str
    client_secret: str
    jwt_public_key: str
    consumer_key: str = CONSUMER_KEY


def seed(world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """Set a scene and return who is in it: ``organization``, ``tenant``, ``people``.

    Raises:
        BadRequest: No such scene, or a field is missing.
    """
    scene = _SCENES.get(str(body.get("scene")))
    if scene is None:
        raise BadRequest(f"scene: must be one of {', '.join(_SCENES)}")
    with world.lock:
        return scene(world, _secrets(body))


def _secrets(body: Mapping[str, Any]) -> Secrets:
    texts = {}
    for name in ("app_url", "consumer_secret", "client_secret", "jwt_public_key"):
        value = body.get(name)
        if not isinstance(value, str) or not value:
            raise BadRequest(f"{name}: text is required")
        texts[name] = value
    return Secrets(**texts, consumer_key=str(body.get("consumer_key") or CONSUMER_KEY))


def _demo(world: World, secrets: Secrets) -> dict[str, Any]:
    now = world.clock.now()
    taken = [box.address for box in world.microsoft.mailboxes.values() if _is_foreign(box)]
    if taken:
        raise BadRequest(f"scene: {taken[0]} is in use already; reset the sandbox first")
    tenant = microsoft_demo.seed(world.microsoft, now, client_secret=secrets.client_secret)
    org = salesforce_demo.seed(
        world.salesforce,
        now,
        app_url=secrets.app_url,
        consumer_key=secrets.consumer_key,
        consumer_secret=secrets.consumer_secret,
        jwt_public_key_pem=secrets.jwt_public_key,
    )
    return {
        "organization": {
            "id": org.id,
            "name": org.name,
            "instance_url": org.instance_url,
            "consumer_key": secrets.consumer_key,
            "integration_username": microsoft_demo.PEOPLE[0].address,
        },
        "tenant": {"id": tenant.id, "client_id": tenant.client_id},
        "people": [
            {"name": person.name, "username": person.address, "address": person.address}
            for person in microsoft_demo.PEOPLE
        ],
    }


def _is_foreign(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox has the address of one of the cast, in another tenant."""
    addresses = {person.address for person in microsoft_demo.PEOPLE}
    return mailbox.address in addresses and mailbox.tenant_id != microsoft_demo.TENANT_ID


_SCENES: dict[str, Callable[[World, Secrets], dict[str, Any]]] = {"demo": _demo}

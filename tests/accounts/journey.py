"""The steps of connecting, as a person's browser takes them."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.test import Client
from django.urls import reverse

from linkpoint.accounts import sessions
from linkpoint.accounts.models import User

PATHS = {"outlook": "connect_outlook", "salesforce": "connect_salesforce"}


def in_frame(
    client: Client, person: User, method: str, name: str, *args: str, htmx: bool = True
) -> Any:
    """Call a view of the frame as this person."""
    headers = {sessions.HEADER: sessions.mint(person)} | ({"HX-Request": "true"} if htmx else {})
    return getattr(client, method)(reverse(name, args=args), headers=headers)


def ticket_url(client: Client, person: User, service: str) -> str:
    """Start connecting and return the address to open in a window."""
    answer = in_frame(client, person, "post", PATHS[service])
    url: str = json.loads(answer["HX-Trigger"])["linkpoint:open"]["url"]
    assert f'href="{url}"' in answer.content.decode()
    return urlsplit(url).path


def to_provider(client: Client, path: str) -> str:
    """Open the address and return where the browser is led."""
    answer = client.get(path)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def decide(url: str, **decision: str) -> str:
    """Decide on the provider's page, and return the path with which it sends the browser back."""
    if "/services/oauth2/" in url:
        form = dict(parse_qsl(urlsplit(url).query)) | decision
        answer = requests.post(url.partition("?")[0], data=form, allow_redirects=False, timeout=5)
    else:
        answer = requests.post(url, data=decision, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def as_mailbox(address: str) -> dict[str, str]:
    """Return the form of someone who agrees at Microsoft."""
    return {"sandbox_address": address, "sandbox_answer": "accept"}


def as_user(username: str) -> dict[str, str]:
    """Return the form of someone who agrees at Salesforce."""
    return {"user": username, "decision": "allow"}


def form_of(page: Any) -> dict[str, str]:
    """Return the hidden fields of the form of a page."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.content.decode()))
    assert fields
    return fields


def words(page: Any) -> str:
    """Return the text of a page on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())

"""Which pages of Salesforce may show ours in a frame.

Every ancestor of the frame must match, and nothing else may (contracts/salesforce.md, 4.4).
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt

from linkpoint.http import LoopbackRoutes

_FORCE_OF = {
    "my.salesforce.com": "force.com",
    "my.salesforce.mil": "crmforce.mil",
    "my.sfcrmproducts.cn": "sfcrmapps.cn",
}
"""Where My Domain lives, and the domain of the Lightning and Visualforce hosts that go with it."""

_MY_DOMAIN = re.compile(r"(?P<name>[a-z0-9-]+)(?P<part>\.[a-z0-9-]+)?\.(?P<home>my\.[a-z.]+)")
_ANY_ORGANIZATION = (
    "https://*.lightning.force.com",
    "https://*.my.salesforce.com",
    "https://*.vf.force.com",
    "https://*.visual.force.com",
    "https://*.my.site.com",
)


def frame_ancestors(
    instance_url: str, routes: LoopbackRoutes, target_origin: str = ""
) -> tuple[str, ...]:
    """Return the origins of one organization's pages, for the CSP directive of that name.

    Args:
        instance_url: The organization's own address, for example ``https://acme.my.salesforce.com``.
        routes: Routed hosts are shown by a page on this machine; its origin is added.
        target_origin: Where a verified signed request says the frame is; taken if it is this organization's.
    """
    host = (urlsplit(instance_url).hostname or "").lower()
    hosts = [host, *_siblings(host)]
    named = (urlsplit(target_origin).hostname or "").lower()
    if named and _belongs(named, host):
        hosts.append(named)
    return _with_loopback((f"https://{name}" for name in hosts if name), routes)


def any_organization(routes: LoopbackRoutes) -> tuple[str, ...]:
    """Return the origins of all Salesforce pages, for messages to someone who is not known yet."""
    return _with_loopback(_ANY_ORGANIZATION, routes)


def framed(response: HttpResponse, ancestors: Sequence[str]) -> HttpResponse:
    """Let ``ancestors`` and nobody else show this answer in a frame."""
    replace = csp_replace({"frame-ancestors": list(ancestors)})
    # X-Frame-Options knows no list of hosts and would forbid all of them.
    allow = xframe_options_exempt(replace(lambda _request: response))
    allow(HttpRequest())
    return response


def _siblings(host: str) -> list[str]:
    """Return the Lightning and Visualforce hosts of a My Domain; none for another kind of host."""
    match = _MY_DOMAIN.fullmatch(host)
    force = _FORCE_OF.get(match["home"]) if match else None
    if match is None or force is None:
        return []
    name, part = match["name"], match["part"] or ""
    return [f"{name}{part}.lightning.{force}", f"{name}--c{part}.vf.{force}"]


def _belongs(host: str, instance_host: str) -> bool:
    """Tell whether a host of Salesforce is this My Domain's, also with the namespace of a package behind it."""
    match = _MY_DOMAIN.fullmatch(instance_host)
    force = _FORCE_OF.get(match["home"]) if match else None
    if match is None or force is None or not host.endswith((f".{force}", f".{match['home']}")):
        return False
    label = host.partition(".")[0]
    return label == match["name"] or label.startswith(f"{match['name']}--")


def _with_loopback(origins: Iterable[str], routes: LoopbackRoutes) -> tuple[str, ...]:
    """Return the origins and, for routed ones, where a browser finds them instead."""
    wanted: dict[str, None] = {}
    for origin in origins:
        # A pattern is routed if any host under it is.
        shown = routes.browser_url(origin.replace("*.", "any."))
        wanted[origin] = None
        if shown != origin.replace("*.", "any."):
            wanted[shown.rstrip("/")] = None
    return tuple(wanted)

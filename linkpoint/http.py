"""One kind of session for both services: timeouts on every call, loopback routes, nothing remembered between calls.

Knows HTTP and nothing of calendars.  A session is not promised to be thread-safe: make one per job.
"""

import ipaddress
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from linkpoint.errors import NeedsPerson, ServiceError, TryLater

SHORT_WAIT = timedelta(seconds=5)
"""A throttled read waits this long at most before it is asked again; longer waits go back to the queue."""

OVERLOADED = frozenset({429, 503, 504})
"""Answers after which the same request may be repeated later."""

TRANSPORT_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError)
"""Everything the wire can raise; some errors of urllib3 pass through requests unwrapped."""

_CONNECT_TIMEOUT_S = 10.0
_LONGEST_WAIT_S = 24 * 3600.0
_HOST_PATTERN = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_TARGET = re.compile(r"http://(127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\]):([0-9]{1,5})/?")
_PEOPLE_CALL_IT = {"outlook": "Microsoft 365", "salesforce": "Salesforce"}


@dataclass(frozen=True, slots=True)
class LoopbackRoutes:
    """Which https hosts are answered by a process on this machine; empty outside demo and tests."""

    routes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the routes written in ``text``: JSON of host or ``*.suffix`` to ``http://127.0.0.1:port``.

        Raises:
            ValueError: Not such JSON, or a target that is not a literal loopback address; names LOOPBACK_HOSTS.
        """
        if not text.strip():
            return cls()
        try:
            pairs = json.loads(text, object_pairs_hook=tuple)
        except ValueError as error:
            raise ValueError(
                'LOOPBACK_HOSTS must be JSON such as {"host": "http://127.0.0.1:8100"}.'
            ) from error
        if not text.lstrip().startswith("{"):
            raise ValueError(
                "LOOPBACK_HOSTS must be a JSON object of hosts and loopback addresses."
            )
        routes = tuple(
            (_host_pattern(host), _loopback_target(host, target)) for host, target in pairs
        )
        if len(dict(routes)) != len(routes):
            raise ValueError("LOOPBACK_HOSTS names a host twice.")
        return cls(routes)

    def target(self, host: str) -> str | None:
        """Return ``http://127.0.0.1:port`` for a routed host, else None; an exact name wins over the longest suffix."""
        name = host.lower().rstrip(".")
        exact = dict(self.routes).get(name)
        if exact is not None:
            return exact
        suffixes = [(p, t) for p, t in self.routes if p.startswith("*.") and name.endswith(p[1:])]
        return max(suffixes, key=lambda route: len(route[0]))[1] if suffixes else None

    def browser_url(self, url: str) -> str:
        """Return the address to show a person: on loopback if the host of ``url`` is routed, else unchanged."""
        parts = urlsplit(url)
        target = self.target(parts.hostname or "") if parts.scheme == "https" else None
        return target + _after_host(url) if target else url


def _host_pattern(host: str) -> str:
    if not _HOST_PATTERN.fullmatch(host.lower()) or ".." in host:
        raise ValueError(
            "LOOPBACK_HOSTS: each key must be a host name or *.suffix, without scheme, port or path."
        )
    return host.lower()


def _loopback_target(host: str, target: object) -> str:
    """Return the address without its trailing slash; only a literal loopback address with a port passes."""
    match = _TARGET.fullmatch(target) if isinstance(target, str) else None
    if match:
        try:
            loopback = ipaddress.ip_address(match[1].strip("[]")).is_loopback
        except ValueError:  # 127.0.0.999
            loopback = False
        if loopback and 0 < int(match[2]) < 65536:
            return f"http://{match[1]}:{int(match[2])}"
    raise ValueError(f"LOOPBACK_HOSTS: {host} must lead to http://127.0.0.1:port and nothing else.")


def _after_host(url: str) -> str:
    """Return path, query and fragment exactly as written; percent-encoding must survive."""
    rest = url.partition("://")[2]
    cut = re.search(r"[/?#]", rest)
    if cut is None:
        return "/"
    return rest[cut.start() :] if rest[cut.start()] == "/" else "/" + rest[cut.start() :]


class _RoutingAdapter(HTTPAdapter):
    """Sends routed https hosts to loopback over http; the Host header and the caller's view stay as they were."""

    def __init__(self, routes: LoopbackRoutes) -> None:
        super().__init__(max_retries=0)
        self.routes = routes

    def send(  # type: ignore[override]  # the stubs list six arguments; they pass through untouched
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        target = self.routes.target(parts.hostname or "")
        if target is None:
            return super().send(request, **options)
        routed = request.copy()
        routed.url = target + _after_host(request.url or "")
        routed.headers["Host"] = parts.netloc.rpartition("@")[2]
        # A proxy of the environment must never see what is meant for this machine.
        response = super().send(routed, **{**options, "proxies": {}})
        response.request, response.url = request, request.url or ""
        return response


class _NoAuth(AuthBase):
    """Leaves the request alone; without it requests would put credentials of a ~/.netrc over our bearer token."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class ServiceSession(requests.Session):
    """A requests session that always has a timeout, keeps no cookies and never follows a redirect to another place."""

    def __init__(self, routes: LoopbackRoutes, timeout_s: float) -> None:
        super().__init__()
        self.routes = routes
        self.timeout_s = timeout_s
        self.auth = _NoAuth()
        self.headers["User-Agent"] = "LinkPoint"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()  # no plain http at all: a token must not travel in the clear
        self.mount("https://", _RoutingAdapter(routes))

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send with a timeout, whoever calls (neither MSAL nor simple-salesforce sets one)."""
        if options.get("timeout") is None:
            options["timeout"] = (min(_CONNECT_TIMEOUT_S, self.timeout_s), self.timeout_s)
        return super().send(request, **options)

    def merge_environment_settings(
        self, url: str | bytes | None, *settings: Any, **named: Any
    ) -> Any:
        """Ignore proxies and CA bundles of the environment for routed hosts; elsewhere they are the operator's."""
        host = urlsplit(str(url)).hostname or ""
        trusted, self.trust_env = (
            self.trust_env,
            self.trust_env and self.routes.target(host) is None,
        )
        try:
            return super().merge_environment_settings(url, *settings, **named)
        finally:
            self.trust_env = trusted

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow only reads, and only within the same host; anything else is the caller's to judge."""
        target = super().get_redirect_target(resp)
        if target is None or resp.request.method not in {"GET", "HEAD"}:
            return None
        here, there = urlsplit(resp.url), urlsplit(requests.compat.urljoin(resp.url, target))
        return target if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None


def build_session(routes: LoopbackRoutes, *, timeout_s: float = 30.0) -> requests.Session:
    """Return a session with pooled connections for one job or one request of a person; use it from one thread."""
    return ServiceSession(routes, timeout_s)


def is_routed(session: requests.Session, host: str) -> bool:
    """Tell whether ``session`` sends this host to loopback."""
    return isinstance(session, ServiceSession) and session.routes.target(host) is not None


def retry_after(value: str | None) -> timedelta | None:
    """Return the wait a Retry-After header asks for: seconds, also fractional (``2.128``), or an HTTP date."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text)
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), _LONGEST_WAIT_S))


def _seconds_until(http_date: str) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, OverflowError):
        return math.nan
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def short_wait(status: int, headers: Mapping[str, str]) -> timedelta | None:
    """Return how long to wait before asking again here and now, or None when the queue should do the waiting."""
    if status not in OVERLOADED:
        return None
    wait = retry_after(header(headers, "Retry-After"))
    return wait if wait is not None and wait <= SHORT_WAIT else None


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever the case of its name; plain dictionaries of a batch are not as kind as requests."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the time of day of whoever answered (the Date header), aware UTC, whole seconds; None if it is not told."""
    try:
        moment = parsedate_to_datetime(header(headers, "Date"))
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def transport_failure(service: str, error: Exception) -> ServiceError:
    """Return what a failure on the wire means for people; ``service`` is ``outlook`` or ``salesforce``."""
    name = _PEOPLE_CALL_IT.get(service, service)
    if isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        return NeedsPerson(
            service, f"The address of {name} is not a usable https address.", what="configuration"
        )
    if isinstance(error, requests.exceptions.SSLError):
        return TryLater(service, f"The secure connection to {name} could not be made.", code="tls")
    if isinstance(error, requests.Timeout):
        return TryLater(service, f"{name} did not answer in time.", code="timeout")
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return TryLater(service, f"{name} sent an answer that cannot be read.", code="unreadable")
    return TryLater(service, f"The connection to {name} failed or was cut off.", code="connection")

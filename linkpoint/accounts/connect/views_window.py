"""Connecting, in a window of its own: our cookie binds the sign-in to this browser, the provider sends back, a person confirms.

A link that someone else sent leads here as well.  So what comes back is not kept until a page has named which account
would be connected to whom, and the person has agreed.
"""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkpoint.accounts.connect import outlook, salesforce, vault
from linkpoint.accounts.connect.offers import Offer
from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.onboarding.organizations import salesforce_origin
from linkpoint.accounts.refusal import NotDone
from linkpoint.errors import ServiceError

COOKIE = "linkpoint-connect"
COOKIE_PATH = "/connect/"
FLOW_S = 15 * 60
"""How long a sign-in may take, and then again how long a person may think about the confirmation."""

APPROVE = "approve"

P = ParamSpec("P")
log = structlog.get_logger(__name__)


def explained(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Turn every refusal into a page with the cause, what happened to the data, and the way out."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotDone as refusal:
            return _problem(request, refusal)
        except ServiceError as error:
            told = NotDone.from_service(error)
            told.way = f"Wait a minute. {_AGAIN}" if told.kind == "try_later" else _AGAIN
            return _problem(request, told)

    return wrapped


_AGAIN = "Close this window and start again from the connection card in Salesforce."


@never_cache
@require_GET
@explained
def begin(request: HttpRequest, ticket: str) -> HttpResponse:
    """Redeem the ticket, bind the sign-in to this browser, and lead to the provider."""
    content = vault.take("ticket", ticket)
    if content is None:
        message = "This link was used already, or is older than two minutes. Nothing was connected."
        raise NotDone(message, way=_AGAIN, kind="expired")
    user, service = _user(content["user"]), content["service"]
    state = secrets.token_urlsafe(24)
    address = _callback(request, service)
    if service == "salesforce":
        organization, hint = user.organization, user.username
        there = salesforce.begin(organization, hint=hint, redirect_uri=address, state=state)
        url, flow = there.url, there.flow_json
    else:
        at_microsoft = outlook.begin(user, redirect_uri=address, state=state)
        url, flow = at_microsoft.url, at_microsoft.flow_json
    kept = {"user": str(user.pk), "service": service, "flow": flow}
    return _led_out(request, url, vault.keep("flow", kept, FLOW_S))


@never_cache
@require_http_methods(["GET"])
@explained
def approve(request: HttpRequest) -> HttpResponse:
    """Lead to the approval of the app in one organization; Canvas asked for it and did not say which one it is."""
    domain = request.GET.get("domain", "").strip().lower()
    organization = _organization_at(domain)
    if organization is None:
        return render(
            request, "accounts/approve.html", {"domain": domain}, status=404 if domain else 200
        )
    address, state = _callback(request, "salesforce"), secrets.token_urlsafe(24)
    flow = salesforce.begin(organization, hint="", redirect_uri=address, state=state)
    kept = {"organization": str(organization.pk), "flow": flow.flow_json}
    sealed = vault.seal(APPROVE, kept)
    if not domain:
        return _led_out(request, flow.url, sealed)
    # The policy of our pages lets no form lead to another site, not even by a redirect.
    there = settings.LOOPBACK_HOSTS.browser_url(flow.url)
    return _with_cookie(
        request, render(request, "accounts/approve_go.html", {"url": there}), sealed
    )


@never_cache
@require_GET
@explained
def callback(request: HttpRequest, service: str) -> HttpResponse:
    """Take what the provider sends back, and ask the person to confirm it."""
    key = request.COOKIES.get(COOKIE, "")
    query = {name: request.GET[name] for name in request.GET}
    approval = vault.unseal(APPROVE, key, FLOW_S)
    if approval is not None and service == "salesforce":
        return _approved(request, approval, query)
    content = vault.take("flow", key)
    if content is None:
        message = (
            "This sign-in was not started in this browser, took too long, or was finished before. "
            "Nothing was connected."
        )
        raise NotDone(message, way=_AGAIN, kind="expired")
    if content["service"] != service:
        message = (
            "The answer came from another service than the one you went to. Nothing was connected."
        )
        raise NotDone(message, way=_AGAIN, kind="expired")
    user = _user(content["user"])
    module = salesforce if service == "salesforce" else outlook
    offered = module.offer(user, content["flow"], query)
    kept: dict[str, Any] = {"user": str(user.pk), "offer": offered.as_dict()}
    key = vault.keep("offer", kept, FLOW_S)
    told = {"offer": offered, "person": user, "mark": vault.mark(key)}
    return _with_cookie(request, render(request, "accounts/connect_confirm.html", told), key)


@never_cache
@require_POST
@explained
def confirm(request: HttpRequest) -> HttpResponse:
    """Keep what the person agreed to."""
    user, offered = _offered(request)
    module = salesforce if offered.service == "salesforce" else outlook
    module.accept(user, offered)
    log.info("connected", service=offered.service, user=user.pk)
    page = render(request, "accounts/connect_done.html", {"offer": offered, "person": user})
    return _without_cookie(page)


@never_cache
@require_POST
@explained
def cancel(request: HttpRequest) -> HttpResponse:
    """Forget what the person did not agree to."""
    user, offered = _offered(request)
    if offered.service == "salesforce":
        salesforce.decline(user, offered)
    return _without_cookie(render(request, "accounts/connect_cancelled.html", {"offer": offered}))


def _approved(
    request: HttpRequest, approval: dict[str, str], query: dict[str, str]
) -> HttpResponse:
    """Say that Salesforce remembers the approval; the token itself is not needed."""
    organization = Organization.objects.filter(pk=approval["organization"]).first()
    if organization is None:
        raise NotDone("LinkPoint does not work with this organization any more.", kind="expired")
    salesforce.finish(organization, approval["flow"], query)
    return _without_cookie(render(request, "accounts/approved.html"))


def _organization_at(address: str) -> Organization | None:
    """Return the active organization with this address of My Domain or Lightning; without one, the only one there is."""
    active = Organization.objects.filter(state=Organization.State.ACTIVE)
    if not address:
        return active.first() if active.count() == 1 else None
    whole = address if "//" in address else f"https://{address}"
    try:
        shown_in_lightning = whole.replace(".lightning.force.com", ".my.salesforce.com")
        origin = salesforce_origin(shown_in_lightning, "domain")
    except NotDone:
        return None
    return active.filter(instance_url=origin).first()


def _offered(request: HttpRequest) -> tuple[User, Offer]:
    """Return who agrees, and to what.

    The page names what it shows: another sign-in may have come back in this browser since, behind the person's back.
    """
    key = request.COOKIES.get(COOKIE, "")
    content: dict[str, Any] | None = vault.take("offer", key)
    if content is not None and request.POST.get("mark") != vault.mark(key):
        message = (
            "Another sign-in came back in this browser after this page. Nothing was connected."
        )
        raise NotDone(message, way=_AGAIN, kind="expired")
    if content is None:
        message = "This confirmation was sent already, or waited too long."
        raise NotDone(message, way="Look at the connection card in Salesforce.", kind="expired")
    return _user(content["user"]), Offer.from_dict(content["offer"])


def _user(key: str) -> User:
    people = User.objects.select_related("organization", "mailbox").filter(
        state=User.State.ACTIVE, organization__state=Organization.State.ACTIVE
    )
    user = people.filter(pk=key).first()
    if user is None:
        message = "Your access to LinkPoint is switched off. Nothing was connected."
        way = "Your LinkPoint administrator can switch it on again."
        raise NotDone(message, way=way, kind="needs_person")
    return user


def _callback(request: HttpRequest, service: str) -> str:
    path = reverse("connect_callback", args=[service])
    public: str = settings.PUBLIC_URL
    return public + path if public else request.build_absolute_uri(path)


def _led_out(request: HttpRequest, url: str, key: str) -> HttpResponse:
    response = HttpResponseRedirect(settings.LOOPBACK_HOSTS.browser_url(url))
    return _with_cookie(request, response, key)


def _with_cookie(request: HttpRequest, response: HttpResponse, key: str) -> HttpResponse:
    response.set_cookie(
        COOKIE,
        key,
        max_age=FLOW_S,
        path=COOKIE_PATH,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _without_cookie(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Lax")
    return response


def _problem(request: HttpRequest, refusal: NotDone) -> HttpResponse:
    log.warning("connect_refused", kind=refusal.kind)
    status = 503 if refusal.kind == "try_later" else 410 if refusal.kind == "expired" else 403
    page = render(request, "accounts/connect_problem.html", {"refusal": refusal}, status=status)
    return _without_cookie(page)

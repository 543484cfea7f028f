"""Opening the app inside Salesforce: the Canvas launch, its consent page, and new session tokens."""

from urllib.parse import parse_qsl

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from linkpoint.accounts import sessions
from linkpoint.accounts.admission import Admission, LaunchRefused, admit
from linkpoint.accounts.framing import any_organization, frame_ancestors, framed
from linkpoint.salesforce.canvas import SIZE_LIMIT_BYTES

BODY_LIMIT_BYTES = 2 * SIZE_LIMIT_BYTES
"""The largest form: a signed request with some of its characters percent-encoded."""

_FIELDS_LIMIT = 20

log = structlog.get_logger(__name__)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def canvas(request: HttpRequest) -> HttpResponse:
    """Open the app for whoever Salesforce says; GET is someone who still has to approve it, or a lost visitor."""
    if request.method != "POST":
        return _without_signed_request(request)
    try:
        admission = admit(signed_request_of(request))
    except LaunchRefused as refusal:
        return _refused(request, refusal)
    return _opened(request, admission)


@csrf_exempt
@never_cache
@require_POST
def session_refresh(request: HttpRequest) -> HttpResponse:
    """Answer a new token for a fresh signed request, as the Canvas SDK's ``refreshSignedRequest`` brings it.

    JSON: ``{"session_token", "expires_in"}`` (seconds), or ``{"error": {"type", "message"}}``.  With the old token
    in the header, even one that has run out, the person must be the same as before.
    """
    try:
        admission = admit(signed_request_of(request))
    except LaunchRefused as refusal:
        log.warning("session_refused", reason=refusal.reason, status=refusal.status)
        return _json_error(refusal.told, refusal.status, "Reload the Salesforce page.")
    old = _old_session(request)
    if old is not None and old.user_id != admission.user.pk:
        log.warning("session_refused", reason="other_person", status=409)
        message = "Someone else is signed in to Salesforce now. Reload the page."
        return _json_error("other_person", 409, message)
    record_id = old.record_id if old else admission.context.record_id
    token = sessions.mint(admission.user, record_id)
    return JsonResponse({"session_token": token, "expires_in": sessions.LIFETIME_S})


def signed_request_of(request: HttpRequest) -> str:
    """Return the one form field that Salesforce posts.

    Read here and not by Django, which would take multipart, other charsets and far larger bodies.

    Raises:
        LaunchRefused: Another kind of body, too large, or not exactly one such field.
    """
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    is_form = request.content_type == "application/x-www-form-urlencoded"
    if not is_form or charset not in {"utf-8", "utf8"}:
        raise LaunchRefused("content_type")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise LaunchRefused("malformed")
    if len(length) > 9 or int(length) > BODY_LIMIT_BYTES:
        raise LaunchRefused("too_large")
    try:
        body = request.body.decode("ascii")
        pairs = parse_qsl(
            body, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_LIMIT
        )
    except (ValueError, UnreadablePostError, RawPostDataException):
        raise LaunchRefused("malformed") from None  # the cause holds the payload
    values = [value for name, value in pairs if name == "signed_request"]
    if len(values) != 1:
        raise LaunchRefused("malformed")
    return values[0]


def _opened(request: HttpRequest, admission: Admission) -> HttpResponse:
    user, context = admission.user, admission.context
    log.info("canvas_opened", organization=user.organization.salesforce_id, user=user.pk)
    page = render(
        request,
        "canvas.html",
        {
            "session_token": sessions.mint(user, context.record_id),
            "session_seconds": sessions.LIFETIME_S,
            "person": user,
            "organization": user.organization,
            "mailbox": getattr(user, "mailbox", None),
            "record_id": context.record_id,
            "record_type": context.record_type,
            # What the Canvas SDK needs to find its host page; the access token is not among it.
            "canvas_client": {
                "instanceId": context.instance_id,
                "targetOrigin": settings.LOOPBACK_HOSTS.browser_url(context.target_origin).rstrip(
                    "/"
                ),
            },
        },
    )
    instance_url = user.organization.instance_url
    ancestors = frame_ancestors(instance_url, settings.LOOPBACK_HOSTS, context.target_origin)
    return framed(page, ancestors)


def _without_signed_request(request: HttpRequest) -> HttpResponse:
    """Show how to get in: by approving the app (Salesforce asks for it by GET), or from a page of Salesforce."""
    asked = request.META.get("QUERY_STRING", "").split("&")
    if "_sfdc_canvas_authvalue=user_approval_required" in asked:
        page = render(request, "accounts/consent.html")
    else:
        page = render(request, "accounts/open_from_salesforce.html")
    return framed(page, any_organization(settings.LOOPBACK_HOSTS))


def _refused(request: HttpRequest, refusal: LaunchRefused) -> HttpResponse:
    log.warning("canvas_refused", reason=refusal.reason, status=refusal.status)
    page = render(request, "accounts/refused.html", {"reason": refusal.told}, status=refusal.status)
    return framed(page, any_organization(settings.LOOPBACK_HOSTS))


def _old_session(request: HttpRequest) -> sessions.Session | None:
    try:
        return sessions.read(request.headers.get(sessions.HEADER, ""), max_age_s=None)
    except sessions.SessionRefused:
        return None


def _json_error(kind: str, status: int, message: str) -> JsonResponse:
    return JsonResponse({"error": {"type": kind, "message": message}}, status=status)

"""The signed request of Canvas (contract section 4.1): payload in the recorded order of keys, HMAC over its base64."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.salesforce.values import Row, render

APP_NAME = "LinkPoint"
INSTANCE_ID = "_:LinkPoint:j_id0:j_id1:canvasapp"
_32_BITS = 1 << 32
_31_BITS = 1 << 31
_SEASONS = {0: "SPRING", 1: "SUMMER", 2: "WINTER"}
_RECORD_FIELDS = ("Name", "Subject", "Email", "AccountId")


@dataclass(frozen=True)
class CanvasApp:
    """The app in its org at one moment."""

    org_id: str
    org_name: str
    instance_url: str
    app_url: str
    version: int
    now: datetime


@dataclass(frozen=True)
class Placement:
    """Where the frame stands: the record of the page (kind and row) or None; what to replace in the payload."""

    record: tuple[str, Row] | None = None
    overrides: dict[str, object] = field(default_factory=dict)


def issued_at(now: datetime) -> int:
    """Return the low 32 bits of the milliseconds since 1970 as a signed number, which is what was observed."""
    millis = int(now.timestamp() * 1000) % _32_BITS
    return millis - _32_BITS if millis >= _31_BITS else millis


def sign(payload: dict[str, object], secret: str) -> str:
    """Return ``base64(HMAC-SHA256(secret, body)) + "." + body`` with standard base64."""
    body = base64.b64encode(json.dumps(payload, separators=(",", ":")).encode()).decode()
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode() + "." + body


def signed_payload(
    app: CanvasApp, user: Row, place: Placement, oauth_token: str
) -> dict[str, object]:
    """Return the payload as a Lightning component gets it."""
    payload: dict[str, object] = {
        "algorithm": "HMACSHA256",
        "issuedAt": issued_at(app.now),
        "userId": user["Id"],
        "client": {
            "refreshToken": None,
            "instanceId": INSTANCE_ID,
            "targetOrigin": app.instance_url,
            "instanceUrl": app.instance_url,
            "oauthToken": oauth_token,
        },
        "context": canvas_context(app, user, place),
    }
    for path, value in place.overrides.items():
        _replace(payload, path.split("__"), value)
    return payload


def _replace(inside: dict[str, object], path: list[str], value: object) -> None:
    if len(path) == 1:
        inside[path[0]] = value
        return
    child = inside.setdefault(path[0], {})
    if isinstance(child, dict):
        _replace(child, path[1:], value)


def canvas_context(app: CanvasApp, user: Row, place: Placement) -> dict[str, object]:
    """Return ``context``, which the ``ctx`` message of the SDK answers as well."""
    return {
        "user": _user(app, user),
        "links": _links(app, user),
        "application": _application(app),
        "environment": _environment(app, place),
        "organization": {
            "organizationId": app.org_id,
            "name": app.org_name,
            "multicurrencyEnabled": False,
            "namespacePrefix": None,
            "currencyIsoCode": "EUR",
        },
    }


def _user(app: CanvasApp, user: Row) -> dict[str, object]:
    photo = f"{app.instance_url}/profilephoto/005"
    return {
        "userId": user["Id"],
        "userName": user["Username"],
        "firstName": user["FirstName"],
        "lastName": user["LastName"],
        "email": user["Email"],
        "fullName": user["Name"],
        "locale": user["LocaleSidKey"],
        "language": user["LanguageLocaleKey"],
        "timeZone": user["TimeZoneSidKey"],
        "profileId": str(user["ProfileId"])[:15],
        "roleId": None,
        "userType": "STANDARD",
        "currencyISOCode": "EUR",
        "profilePhotoUrl": f"{photo}/F",
        "profileThumbnailUrl": f"{photo}/T",
        "siteUrl": None,
        "siteUrlPrefix": None,
        "networkId": None,
        "accessibilityModeEnabled": False,
        "isDefaultNetwork": True,
    }


def _links(app: CanvasApp, user: Row) -> dict[str, object]:
    soap, rest = f"{app.version}.0/{app.org_id[:15]}", f"/services/data/v{app.version}.0"
    return {
        "loginUrl": app.instance_url,
        "enterpriseUrl": f"/services/Soap/c/{soap}",
        "metadataUrl": f"/services/Soap/m/{soap}",
        "partnerUrl": f"/services/Soap/u/{soap}",
        "restUrl": f"{rest}/",
        "sobjectUrl": f"{rest}/sobjects/",
        "searchUrl": f"{rest}/search/",
        "queryUrl": f"{rest}/query/",
        "recentItemsUrl": f"{rest}/recent/",
        "chatterFeedsUrl": "/services/data/v31.0/chatter/feeds",
        "chatterGroupsUrl": f"{rest}/chatter/groups",
        "chatterUsersUrl": f"{rest}/chatter/users",
        "chatterFeedItemsUrl": "/services/data/v31.0/chatter/feed-items",
        "userUrl": f"/{user['Id']}",
    }


def _application(app: CanvasApp) -> dict[str, object]:
    return {
        "name": APP_NAME,
        "canvasUrl": app.app_url,
        "applicationId": f"06P{app.org_id[3:6]}000000001",
        "version": "1.0",
        "authType": "SIGNED_REQUEST",
        "referenceId": f"09H{app.org_id[3:6]}000000001",
        "options": [],
        "samlInitiationMethod": "None",
        "namespace": "",
        "isInstalledPersonalApp": False,
        "developerName": APP_NAME,
    }


def _environment(app: CanvasApp, place: Placement) -> dict[str, object]:
    page = (
        f"/lightning/r/{place.record[0]}/{place.record[1]['Id']}/view"
        if place.record
        else "/lightning/n/LinkPoint"
    )
    host = app.instance_url.replace(".my.salesforce.com", ".lightning.force.com")
    return {
        "referer": None,
        "locationUrl": host + page,
        "displayLocation": "Aura",
        "sublocation": None,
        "uiTheme": "Theme3",
        "dimensions": {
            "width": "100%",
            "height": "900px",
            "maxWidth": "infinite",
            "maxHeight": "infinite",
            "clientWidth": "1280px",
            "clientHeight": "900px",
        },
        "parameters": {},
        "record": _record(app, place),
        "version": {"season": _SEASONS[app.version % 3], "api": f"{app.version}.0"},
    }


def _record(app: CanvasApp, place: Placement) -> dict[str, object]:
    if place.record is None:
        return {}
    kind, row = place.record
    url = f"/services/data/v{app.version}.0/sobjects/{kind}/{row['Id']}"
    known = {name: render(row[name]) for name in _RECORD_FIELDS if row.get(name) is not None}
    return {"attributes": {"type": kind, "url": url}, "Id": row["Id"], **known}

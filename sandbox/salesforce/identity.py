"""What ``/services/oauth2/userinfo`` and ``/id/...`` say about a user."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.salesforce.org import Org
from sandbox.salesforce.values import Row, render


def userinfo(org: Org, user: Row, base: str, now: datetime) -> dict[str, object]:
    """Return the answer; ``base`` is the login host's address."""
    photo = f"{org.instance_url}/profilephoto/005"
    offset = now.astimezone(ZoneInfo(str(user["TimeZoneSidKey"]))).utcoffset()
    return {
        "sub": f"{base}/id/{org.id}/{user['Id']}",
        "user_id": user["Id"],
        "organization_id": org.id,
        "preferred_username": user["Username"],
        "nickname": user["CommunityNickname"],
        "name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "photos": {"picture": f"{photo}/F", "thumbnail": f"{photo}/T"},
        "profile": f"{org.instance_url}/{user['Id']}",
        "picture": f"{photo}/F",
        "address": {},
        "urls": {
            "rest": f"{org.instance_url}/services/data/v{{version}}/",
            "sobjects": f"{org.instance_url}/services/data/v{{version}}/sobjects/",
            "query": f"{org.instance_url}/services/data/v{{version}}/query/",
            "custom_domain": org.instance_url,
        },
        "active": user["IsActive"],
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": int(offset.total_seconds() * 1000) if offset else 0,
        "updated_at": render(user["LastModifiedDate"]),
        "is_app_installed": True,
    }


def identity(org: Org, user: Row, base: str, now: datetime) -> dict[str, object]:
    """Return the identity document, whose keys differ from those of OpenID."""
    info = userinfo(org, user, base, now)
    return {
        "id": info["sub"],
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": org.id,
        "username": user["Username"],
        "nick_name": user["CommunityNickname"],
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "photos": info["photos"],
        "urls": info["urls"],
        "active": user["IsActive"],
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": info["utcOffset"],
        "last_modified_date": info["updated_at"],
        "is_app_installed": True,
    }

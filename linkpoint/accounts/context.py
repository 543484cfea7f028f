"""What every page may show."""

from django.conf import settings
from django.http import HttpRequest


def support(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001  # a context processor
    """Return whom to ask for help; empty if nobody was named."""
    return {"support_contact": settings.SUPPORT_CONTACT}

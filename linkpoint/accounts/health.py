"""Whether this process can do its work, for whoever supervises it."""

import django_rq
import redis
import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

log = structlog.get_logger(__name__)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # a view
    """Answer 200 when the database and Redis answer, else 503 with the part that does not."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("unhealthy", part="database", error=type(error).__name__)
        return False
    return True


def _redis_answers() -> bool:
    try:
        return bool(django_rq.get_connection("interactive").ping())
    except redis.RedisError as error:
        log.warning("unhealthy", part="redis", error=type(error).__name__)
        return False

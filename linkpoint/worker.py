"""The worker of the queues: jobs are JSON, so whoever can write to Redis cannot make a worker run code of theirs.

``manage.py rqworker`` uses it by itself (setting ``RQ``); django-rq would hand pickle to any worker it starts.
"""

from typing import Any

from rq import Worker
from rq.serializers import JSONSerializer


class JsonWorker(Worker):
    """Forks for each job, and reads JSON alone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "serializer": JSONSerializer})

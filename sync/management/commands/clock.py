"""The clock process: finds due work in PostgreSQL and puts it into the queues."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from sync.schedule import run_clock


class Command(BaseCommand):
    """``clock``: runs until it is told to stop."""

    help = "Find due work and let the workers do it. One is enough; a second one does no harm."

    def handle(self, **_options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_clock(stop)

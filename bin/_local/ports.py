"""TCP ports on the loopback interface."""

import socket
import time
from collections.abc import Callable

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on ``port`` of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(preferred: int = 0) -> int:
    """Return ``preferred`` if it is free, else another port that is."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether something accepts connections on ``port``."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def wait_for(ready: Callable[[], bool], *, timeout_s: float, pause_s: float = 0.02) -> bool:
    """Return whether ``ready`` became true within ``timeout_s``."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(pause_s)
    return ready()

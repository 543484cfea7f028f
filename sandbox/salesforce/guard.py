"""A lock that is left behind when the state is pickled."""

import threading


class Guard:
    """A re-entrant lock as a context manager; a copy or an unpickled one starts free."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: dict[str, object]) -> None:
        self._lock = threading.RLock()

"""Keeps a world in a file, so that a restarted sandbox remembers."""

import pickle
import tempfile
import threading
from pathlib import Path

from sandbox.world import World

_FORMAT = 1
_PAUSE_S = 0.5


def load(path: Path) -> World:
    """Return the world of a file; a new one if there is no file.  The file must be our own: it is a pickle.

    Raises:
        ValueError: The file is of another version or damaged; the message names it.
    """
    if not path.exists():
        return World()
    try:
        version, world = pickle.loads(path.read_bytes())  # noqa: S301 -- written by save()
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, ValueError, TypeError):
        version, world = 0, None
    if version != _FORMAT or not isinstance(world, World):
        raise ValueError(f"{path}: not a state of this sandbox; delete the file to begin anew")
    return world


def save(world: World, path: Path) -> None:
    """Write the world; a reader sees the old file or the new one, never half of it."""
    with world.lock:
        content = pickle.dumps((_FORMAT, world))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


class Keeper:
    """Saves the world within a second after a change, and at the end."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-keeper", daemon=True)

    def start(self) -> None:
        """Begin watching."""
        self._thread.start()

    def changed(self) -> None:
        """Note that something may have changed."""
        self._changed.set()

    def stop(self) -> None:
        """Save a last time and watch no more."""
        self._stop.set()
        self._thread.join(timeout=10)
        save(self._world, self._path)

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE_S):
            if self._changed.is_set():
                self._changed.clear()
                save(self._world, self._path)

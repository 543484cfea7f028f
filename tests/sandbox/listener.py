"""An address on loopback that takes change notifications as an application would."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Listener:
    """What arrived, and how to answer.

    Attributes:
        answers: Statuses for the next notifications; 202 when there is none left.
    """

    url: str = ""
    handshake_status: int = 200
    handshake_body: str = ""
    handshakes: list[str] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the notes when so many are there; fail after ten seconds."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.notes) >= count, timeout=10), self.notes
            return list(self.notes)


@contextmanager
def listening() -> Iterator[Listener]:
    """Yield a listener that runs meanwhile."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = parse_qs(urlsplit(self.path).query).get("validationToken")
            status, body = _answer(listener, token, content)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/notify"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(listener: Listener, token: list[str] | None, content: bytes) -> tuple[int, bytes]:
    if token is not None:
        listener.handshakes.append(token[0])
        body = listener.handshake_body or token[0]
        return listener.handshake_status, body.encode()
    with listener.arrived:
        status = listener.answers.pop(0) if listener.answers else 202
        if status < 300:
            listener.notes += json.loads(content)["value"]
            listener.arrived.notify_all()
        return status, b""

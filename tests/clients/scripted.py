"""A service that says exactly what a test tells it to, over real HTTP on loopback."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from linkpoint.http import LoopbackRoutes

DROP = -1
"""As a status: close the connection without an answer."""


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


class Scripted:
    """Answers in the order given; afterwards, or for a path with a rule of its own, what the rule says."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Answer] = []
        self.rules: list[tuple[str, Callable[[Request], Answer]]] = []
        self.url = ""

    def say(self, *answers: Answer) -> None:
        self.answers += answers

    def rule(self, part_of_path: str, answer: Answer | Callable[[Request], Answer]) -> None:
        self.rules.append((part_of_path, answer if callable(answer) else lambda _request: answer))

    def asked(self, part_of_path: str) -> list[Request]:
        return [request for request in self.requests if part_of_path in request.path]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        for part, rule in self.rules:
            if part in request.path:
                return rule(request)
        return self.answers.pop(0) if self.answers else Answer(599, {"script": "has ended"})

    def routes(self, *hosts: str) -> LoopbackRoutes:
        return LoopbackRoutes.parse(json.dumps(dict.fromkeys(hosts, self.url)))


@contextmanager
def scripted() -> Iterator[Scripted]:
    service = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            answer = service.answer(
                Request(self.command, self.path, dict(self.headers.items()), body)
            )
            if answer.status == DROP:
                self.close_connection = True
                return
            content = answer.content()
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Date" not in answer.headers:
                self.send_header("Date", self.date_time_string())
            self.send_header("Content-Length", str(len(content)))
            with suppress(ConnectionError):  # whoever asked may have given up
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

        def log_message(self, *args: object) -> None:
            pass

    for method in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Fills the templates of the human pages; everything that goes in is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

_HERE = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page made of a template."""
    text = _ENVIRONMENT.get_template(template).render(**values)
    return Response(text, status, content_type="text/html; charset=utf-8")


def static_file(name: str) -> Response | None:
    """Return one of the style sheets, scripts and pictures of the pages, or None."""
    path = _HERE / "static" / name
    if "/" in name or path.suffix not in _KINDS or not path.is_file():
        return None
    kind = f"{_KINDS[path.suffix]}; charset=utf-8"
    return Response(path.read_bytes(), content_type=kind)

"""Templates of the Salesforce pages; everything is escaped, nothing runs inline."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

_HERE = Path(__file__).parent
STATIC = _HERE / "static" / "salesforce"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates" / "salesforce"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, **context: object) -> Response:
    """Return a page made from a template of ``templates/salesforce``."""
    text = _ENVIRONMENT.get_template(template).render(**context)
    return Response(text, status=status, content_type="text/html; charset=utf-8")

"""The Outlook page."""

from werkzeug.wrappers import Request, Response

from sandbox.world import World


def handle(world: World, request: Request) -> Response:
    """Answer."""
    return Response("soon")

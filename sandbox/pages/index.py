"""The first page: where the two human faces are."""

from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from sandbox.exchange import raw_target
from sandbox.pages.templating import page
from sandbox.world import World


def handle(world: World, request: Request) -> Response:
    """Show the index, or say that there is nothing."""
    path = urlsplit(raw_target(request)).path
    if path == "/favicon.ico":
        return Response(status=204)  # browsers ask for it; none of the pages has one
    if path != "/":
        return Response(
            '{"error": "path: the sandbox has nothing here"}',
            404,
            content_type="application/json",
        )
    with world.lock:
        return page(
            "index.html",
            mailboxes=[(box.name, box.address) for box in world.microsoft.mailboxes.values()],
            orgs=len(world.salesforce.orgs),
            now=world.clock.now(),
        )

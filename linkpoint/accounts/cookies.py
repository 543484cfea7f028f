"""Cookies that came over https go back over https alone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def secure_cookies(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that marks every cookie of an answer over https as ``Secure``.

    Settings cannot: they know our address only where change notifications are wanted, and a demo has no https.
    """

    def answered(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return answered

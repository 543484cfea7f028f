from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def no_icon(_: HttpRequest) -> HttpResponse:
    """Answer a browser that asks for an icon unasked: there is none, and that is no error."""
    return HttpResponse(status=204)


urlpatterns = [
    path("favicon.ico", no_icon),
    path("", RedirectView.as_view(pattern_name="canvas")),  # a page that says where to open it
    path("", include("linkpoint.accounts.urls")),
    path("", include("sync.urls")),
    path("admin/rq/", RedirectView.as_view(pattern_name="admin:django_rq_home")),
    path("admin/", admin.site.urls),
]

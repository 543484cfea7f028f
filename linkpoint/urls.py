from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="canvas")),  # a page that says where to open it
    path("", include("linkpoint.accounts.urls")),
    path("", include("sync.urls")),
    path("admin/rq/", RedirectView.as_view(pattern_name="admin:django_rq_home")),
    path("admin/", admin.site.urls),
]

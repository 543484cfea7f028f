from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("linkpoint.accounts.urls")),
    path("", include("sync.urls")),
    path("admin/rq/", RedirectView.as_view(pattern_name="admin:django_rq_home")),
    path("admin/", admin.site.urls),
]

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("linkpoint.accounts.urls")),
    path("", include("sync.urls")),
    path("admin/", admin.site.urls),
]

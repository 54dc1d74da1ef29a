"""Mounts the apps; nothing else."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("proconnect.observability.urls")),
    path("", include("proconnect.pages.urls")),
    path("api/v2/", include("federation.urls")),
    path("identite/", include("identite.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "proconnect.pages.views.bad_request"
handler403 = "proconnect.pages.views.forbidden"
handler404 = "proconnect.pages.views.not_found"
handler500 = "proconnect.pages.views.server_error"

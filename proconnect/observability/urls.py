from django.urls import path

from proconnect.observability import health

urlpatterns = [
    path("livez", health.live),
    path("readyz", health.ready),
    path("readyz/<slug:name>", health.ready_for),
]

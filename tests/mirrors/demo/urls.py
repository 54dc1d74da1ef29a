"""The site, and the one route that only the demo has."""

from django.urls import include, path

from proconnect.urls import handler400, handler403, handler404, handler500
from tests.mirrors.demo import mails

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("demo/mails/", mails.mails, name="demo-mails"),
    path("demo/mails/<str:key>/", mails.mail, name="demo-mail"),
    path("", include("proconnect.urls")),
]

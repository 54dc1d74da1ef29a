from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import include, path
from django.views.generic import TemplateView

from tests.mirrors.bare.settings import OIDC_OP_LOGOUT_ENDPOINT

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("oidc/", include("mozilla_django_oidc.urls")),
]


def provider_logout(request: HttpRequest) -> str:
    asked = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": request.build_absolute_uri("/"),
        "state": "signed-out",
    }
    return f"{OIDC_OP_LOGOUT_ENDPOINT}?{urlencode(asked)}"

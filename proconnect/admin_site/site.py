"""Who may enter the operators' site, and by which door."""

from http import HTTPStatus
from importlib import import_module
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from proconnect.platform.audit import audit

OUR_PACKAGES = ("federation.", "identite.", "habilitation.", "proconnect.")


class OperatorsSite(AdminSite):
    site_header = _("ProConnect, administration")
    site_title = _("Administration de ProConnect")
    index_title = _("Accueil")
    site_url = None
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, in service, whose second factor was verified in this very session (S-162)."""
        user = cast(Any, request.user)
        return bool(user.is_active and user.is_staff and user.is_verified())

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Libraries register their own tables (tokens, groups): only our pages are shown."""
        if admin_class is not None and admin_class.__module__.startswith(OUR_PACKAGES):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        door = _door()
        doors = [
            path("login/code/", door.ask_code, name="login-code"),
            path("login/application/", door.enrol, name="login-enrol"),
            path("invitation/", door.accept_invitation, name="invitation"),
        ]
        return [*doors, *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        response: HttpResponse = _door().ask_password(request)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        response = super().password_change(request, extra_context)
        if response.status_code == HTTPStatus.FOUND:
            user = cast(Any, request.user)
            audit(user, "staff.change_password", user, request=request)
        return response

    @method_decorator(require_POST)  # a link, or an image, signs nobody out
    def logout(  # type: ignore[override]  # a redirection, where Django shows a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _door().leave(request)
        return redirect(f"{reverse('admin:login')}?{urlencode({'sortie': 'oui'})}")


def _door() -> ModuleType:
    """Imported late: what it needs registers pages on this very site."""
    return import_module("proconnect.admin_site.door")

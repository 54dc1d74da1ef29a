"""What pages of the operators' site have in common: nothing is deleted there, and journals are read, not written."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:  # generic for the type checker alone
    ModelAdmin = admin.ModelAdmin


class NothingDeleted(ModelAdmin):
    """What must go is put out of service, and can come back."""

    show_full_result_count = False
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The filters shown and no other: a lookup on a hash would tell it letter by letter. PostgreSQL holds no NUL."""
        return lookup.partition("__")[0] in self.get_list_filter(request) and "\x00" not in value

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The audit journal tells more: Django's own log stays empty."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """As above."""


class ReadOnly(NothingDeleted):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def labelled(field: str, label: Any) -> Any:
    """A column, or a line of a page, under another name than the field's own. ``field`` may be a method."""

    @admin.display(description=label, ordering=field)
    def shown(row: Model) -> Any:
        value = getattr(row, field)
        return value() if callable(value) else value

    return shown

"""Forms that print State design system markup: subclass DsfrForm, then ``{{ form }}`` or ``dsfr/field.html``."""

from typing import Any, ClassVar

from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import loader
from django.utils.translation import gettext_lazy as _

CHOSEN_ONE_BY_ONE = ("checkbox", "radioselect", "checkboxselectmultiple")


class DsfrRenderer(DjangoTemplates):
    """Widgets stay Django's; the form and its fields are ours."""

    form_template_name = "dsfr/form.html"
    field_template_name = "dsfr/field.html"

    def get_template(self, template_name: str) -> Any:
        if template_name.startswith("dsfr/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)


class DsfrBoundField(forms.BoundField):
    form: "DsfrForm"

    @property
    def group_class(self) -> str:
        return "fr-select-group" if self.widget_type == "select" else "fr-input-group"

    @property
    def focus_id(self) -> str:
        """Where the error summary leads: the field, or the first choice of a group."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def aria_describedby(self) -> str | None:
        """The hint is inside the label, as the design system wants: only errors are left to point at."""
        return f"{self.auto_id}_error" if self.errors and not self.use_fieldset else None

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if self.form.focuses(self) and not self.is_hidden:
            attrs["autofocus"] = True
        if self.widget_type not in CHOSEN_ONE_BY_ONE and not self.is_hidden:
            attrs["class"] = self._input_class()
        return attrs

    def _input_class(self) -> str:
        own = {"select": "fr-select", "password": "fr-password__input fr-input"}.get(
            self.widget_type, "fr-input"
        )
        return f"{own} {self.field.widget.attrs.get('class', '')}".strip()


class DsfrForm(forms.Form):
    """``autofocus``: only for a page whose whole purpose is one field; never once there are errors to read."""

    default_renderer = DsfrRenderer
    bound_field_class = DsfrBoundField
    template_name_div = "dsfr/form.html"
    autofocus: ClassVar[str] = ""

    def focuses(self, field: forms.BoundField) -> bool:
        return field.name == self.autofocus and not self.errors


class OneTimeCodeField(forms.CharField):
    """One field for a code received or computed. Spaces and dashes typed or pasted are dropped."""

    default_error_messages = {"required": _("Saisissez le code.")}

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(
            attrs={
                "class": "pc-code",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        )
        super().__init__(**{"label": _("Code"), "widget": widget, "max_length": 40, **options})

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        return "".join(each for each in typed if each.isalnum())


class PasswordField(forms.CharField):
    """``autocomplete`` is "current-password" or "new-password". Never shown again, never trimmed."""

    default_error_messages = {"required": _("Saisissez votre mot de passe.")}

    def __init__(self, *, autocomplete: str = "current-password", **options: Any) -> None:
        widget = forms.PasswordInput(
            attrs={
                "autocomplete": autocomplete,
                "autocapitalize": "off",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        )
        super().__init__(**{"label": _("Mot de passe"), "widget": widget, "strip": False, **options})

"""The team: invited, given roles, put out of service. Superusers alone see it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identite.admin import team
from identite.models import User
from proconnect.kernel.admin_site import NothingDeleted, labelled
from proconnect.kernel.email_address import EmailAddress

PLAIN_FIELDS = (
    "given_name",
    "usual_name",
    "is_active",
    "is_superuser",
)  # of the row: the others are declared by the form


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    email = forms.EmailField(label=_("Adresse e-mail"), max_length=254)
    roles = forms.MultipleChoiceField(
        label=_("Rôles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Plusieurs rôles s’ajoutent. Sans rôle, la personne entre sans rien voir."),
    )

    class Meta:
        model = User
        fields = PLAIN_FIELDS
        labels = {"is_superuser": _("superutilisateur")}
        help_texts = {
            "is_superuser": _("Peut tout, et seul gère l’équipe."),
            "is_active": _("Décochez pour fermer l’accès à l’instant."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = Group.objects.order_by("name").values_list("name", flat=True)
        self.fields["roles"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        if self.instance.created_at:
            self.fields["email"].disabled = True
            self.initial["email"] = self.instance.email
            self.initial["roles"] = team.described(self.instance).roles

    def clean_email(self) -> str:
        try:
            return str(EmailAddress.parse(self.cleaned_data["email"]))
        except ValueError:
            raise forms.ValidationError(gettext("Cette adresse est mal formée.")) from None

    def _post_clean(self) -> None:
        """The row is written by ``team``: nothing is put on the instance here."""

    def member(self) -> team.Member:
        said = self.cleaned_data
        return team.Member(
            email=said["email"],
            roles=tuple(sorted(said["roles"])),
            **{name: said[name] for name in PLAIN_FIELDS},
        )


@admin.register(User)
class StaffAdmin(NothingDeleted):
    form = StaffForm
    list_display = (
        labelled("email", _("adresse e-mail")),
        labelled("full_name", _("nom")),
        "told_roles",
        labelled("is_active", _("en service")),
        labelled("last_login", _("dernière entrée")),
    )
    search_fields = ("email", "usual_name")
    actions = ("invite_again", "remove_second_factor")
    ordering = ("email",)
    fieldsets = (
        (_("La personne"), {"fields": ("email", "given_name", "usual_name")}),
        (_("Ce qu’elle peut faire"), {"fields": ("is_active", "roles", "is_superuser")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")

    @admin.display(description=_("rôles"))
    def told_roles(self, user: User) -> str:
        roles = [group.name for group in user.groups.all()]
        return ", ".join(["superutilisateur", *roles] if user.is_superuser else roles) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own rights."""
        return super().has_change_permission(request, obj) and obj != request.user

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            fields = ("email", "given_name", "usual_name", "is_active", "told_roles")
            return ((None, {"fields": fields}),)
        return super().get_fieldsets(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            team.change(obj, form.member(), request=request)
            return
        obj.pk = team.add(form.member(), request=request).pk
        obj.email = form.cleaned_data["email"]
        self.message_user(request, gettext("Une invitation est partie à son adresse."), messages.SUCCESS)

    @admin.action(description=_("Renvoyer l’invitation"), permissions=["change"])
    def invite_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(is_active=True):
            team.invite_again(user, request=request)
        self.message_user(request, gettext("Invitation renvoyée."), messages.SUCCESS)

    @admin.action(description=_("Retirer l’application d’authentification"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=str(request.user.pk)):
            team.remove_second_factor(user, request=request)
        self.message_user(
            request, gettext("Application retirée : une autre sera demandée à l’entrée."), messages.SUCCESS
        )

"""A person with a password here. Operators are users with a role; a person the broker knows is an Account, never a User."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from proconnect.kernel.email_address import EmailAddress


class UserQuerySet(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "User":
        """Without a password the account holds an unusable hash: it signs in by code alone."""
        user = self.model(email=str(EmailAddress.parse(email)), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)

    def get_by_natural_key(self, username: str | None) -> "User":
        try:
            return self.get(email=str(EmailAddress.parse(username or "")))
        except ValueError:
            raise self.model.DoesNotExist from None


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """``email`` is owned once ``email_verified_at`` is set by the code flow, and by nothing else (S-116, S-117)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("adresse e-mail"), max_length=254, unique=True)
    email_verified_at = models.DateTimeField(_("adresse prouvée le"), null=True, blank=True)
    given_name = models.CharField(_("prénom"), max_length=256, blank=True)
    usual_name = models.CharField(_("nom d’usage"), max_length=256, blank=True)
    is_active = models.BooleanField(_("en service"), default=True)
    is_staff = models.BooleanField(_("membre de l’équipe"), default=False)
    federation_sub = models.UUIDField(
        _("identifiant dans la fédération"),
        null=True,
        blank=True,
        unique=True,
        help_text=_("Lie un membre de l’équipe au compte par lequel il se connecte."),
    )
    sign_in_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)

    objects = UserQuerySet()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        constraints = [
            models.CheckConstraint(name="email_is_lower_case", condition=models.Q(email=Lower("email")))
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.usual_name}".strip()

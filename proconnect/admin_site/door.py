"""The local door: e-mail and password, then a code. Open to staff alone, and to nobody for long."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Self

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as login_second_factor

from identite.admin import invitations
from identite.models import User
from identite.second_factor import totp
from identite.second_factor.models import TotpDevice
from proconnect.admin_site.forms import WRONG_CODE, WRONG_PASSWORD, CodeForm, NewPasswordForm, SignInForm
from proconnect.platform import limiter
from proconnect.platform.audit import audit

SLOT = "operator_at_the_door"
HALF_WAY_LASTS = timedelta(minutes=10)  # between the password and the code
BACKEND = "django.contrib.auth.backends.ModelBackend"

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWay:
    """Somebody whose password was right. Not signed in: the session names no user until the code."""

    user_id: str
    until: float
    destination: str
    new_secret: str = ""  # of the application being enrolled

    @classmethod
    def of(cls, request: HttpRequest, now: datetime) -> Self | None:
        kept = request.session.get(SLOT)
        half_way = cls(**kept) if kept else None
        return half_way if half_way and now.timestamp() < half_way.until else None

    def keep(self, request: HttpRequest) -> None:
        request.session[SLOT] = asdict(self)


def _page(view: View) -> View:
    """One of ours: never cached, protected by a token, its fields never shown in an error report."""
    guards = (
        require_http_methods(["GET", "HEAD", "POST"]),
        never_cache,
        csrf_protect,
        sensitive_post_parameters(),
    )
    for guard in guards:
        view = guard(view)
    return view


def _half_way(view: Callable[[HttpRequest, HalfWay, User], HttpResponse]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        half_way = HalfWay.of(request, datetime.now(UTC))
        user = (
            User.objects.filter(pk=half_way.user_id, is_active=True, is_staff=True).first()
            if half_way
            else None
        )
        if half_way is None or user is None:
            return redirect("admin:login")
        return view(request, half_way, user)

    return guarded


@_page
def ask_password(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _staff_whose_password_is(request, **form.cleaned_data)
        if user is not None:
            return _let_half_way(request, user, _destination(request))
        form.add_error(None, WRONG_PASSWORD)
    context = {"form": form, "has_left": "sortie" in request.GET, "next": _destination(request)}
    return render(request, "admin/login.html", context)


@_page
@_half_way
def ask_code(request: HttpRequest, half_way: HalfWay, user: User) -> HttpResponse:
    if not totp.has_totp(user):
        return redirect("admin:login-enrol")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = _device_whose_code_is(user, form.cleaned_data["code"])
        if device is not None:
            return _let_in(request, half_way, user, device)
        form.add_error("code", WRONG_CODE)
    return render(request, "admin/login_code.html", {"form": form, "email": user.email})


@_page
@_half_way
def enrol(request: HttpRequest, half_way: HalfWay, user: User) -> HttpResponse:
    """The first application of an operator. The secret is drawn here and kept in the session until a code proves it."""
    if totp.has_totp(user):
        return redirect("admin:login-code")
    half_way = _with_secret(request, half_way)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limiter.hit("admin-code", str(user.pk), limiter.SECOND_FACTOR_PER_ACCOUNT)
        device = totp.confirm_enrolment(
            user, half_way.new_secret, form.cleaned_data["code"], datetime.now(UTC)
        )
        if device is not None:
            limiter.give_back("admin-code", str(user.pk), limiter.SECOND_FACTOR_PER_ACCOUNT)
            audit(user, "staff.enrol_second_factor", user, request=request)
            return _let_in(request, half_way, user, device)
        form.add_error("code", WRONG_CODE)
    uri = totp.enrolment_uri(user, half_way.new_secret)
    shown = " ".join(
        half_way.new_secret[place : place + 4] for place in range(0, len(half_way.new_secret), 4)
    )
    return render(
        request, "admin/login_enrol.html", {"form": form, "qr_code": totp.qr_code(uri), "secret": shown}
    )


@_page
def accept_invitation(request: HttpRequest) -> HttpResponse:
    token = request.GET.get("jeton", "")  # the form posts to the very address that was followed
    user = invitations.invited(token)
    if user is None:
        return render(request, "admin/invitation_over.html", status=410)
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        if not invitations.accept(token, user, form.cleaned_data["password"], request=request):
            return render(request, "admin/invitation_over.html", status=410)
        return _let_half_way(request, user, "")
    return render(request, "admin/invitation.html", {"form": form, "email": user.email})


def leave(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        audit(request.user, "staff.leave", request.user, request=request)
    logout(request)


# Passing from one step to the next


def _staff_whose_password_is(request: HttpRequest, email: str, password: str) -> User | None:
    """Each attempt is counted before it is tried, so that parallel ones do not pass together."""
    limits = (("admin-email", email.lower()), ("admin-ip", limiter.client_network(request)))
    for name, key in limits:
        limiter.hit(name, key, limiter.ADMIN_LOGINS)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User) or not user.is_staff:
        audit("anonymous", "staff.refused", email, request=request)
        return None
    for name, key in limits:
        limiter.give_back(name, key, limiter.ADMIN_LOGINS)
    return user


def _device_whose_code_is(user: User, code: str) -> TotpDevice | None:
    limiter.hit("admin-code", str(user.pk), limiter.SECOND_FACTOR_PER_ACCOUNT)
    device = totp.verify_totp(user, code, datetime.now(UTC))
    if device is not None:
        limiter.give_back("admin-code", str(user.pk), limiter.SECOND_FACTOR_PER_ACCOUNT)
    return device


def _let_half_way(request: HttpRequest, user: User, destination: str) -> HttpResponse:
    request.session.flush()
    until = datetime.now(UTC) + HALF_WAY_LASTS
    HalfWay(user_id=str(user.pk), until=until.timestamp(), destination=destination).keep(request)
    return redirect("admin:login-code" if totp.has_totp(user) else "admin:login-enrol")


def _let_in(request: HttpRequest, half_way: HalfWay, user: User, device: TotpDevice) -> HttpResponse:
    """The session's key changes a second time: who knew the first one knows nothing of this session (S-152)."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    login_second_factor(request, device)
    audit(user, "staff.enter", user, request=request)
    return redirect(half_way.destination or "admin:index")


def _with_secret(request: HttpRequest, half_way: HalfWay) -> HalfWay:
    if half_way.new_secret:
        return half_way
    drawn = replace(half_way, new_secret=totp.new_secret())
    drawn.keep(request)
    return drawn


def _destination(request: HttpRequest) -> str:
    """A page of this site alone."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/admin/")
    return wanted if is_ours else ""

"""Pages reached from a mail, outside any passage."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from identite.account import reset
from identite.sign_in import store
from identite.sign_in.forms import NewPasswordForm
from proconnect.kernel.error_page import Refused


@never_cache
@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest) -> HttpResponse:
    """Opening the link shows a form and changes nothing: robots that follow links spend none."""
    sent = request.GET if request.method == "GET" else request.POST
    link = sent.get("jeton", "")
    user, sign_in_id = reset.owner_of(link)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        context = {"form": form, "link": link, "email": user.email}
        return render(request, "identite/reset.html", context, status=400 if form.errors else 200)
    reset.change(link, form.cleaned_data["password"], now=timezone.now())
    return redirect("identite:reset-done", sign_in_id)


@never_cache
@require_GET
def reset_done(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """In the browser that asked, the passage goes on; elsewhere the person goes back to it by themself."""
    try:
        sign_in = store.find(request, sign_in_id)
    except Refused:
        sign_in = None
    return render(request, "identite/reset_done.html", {"sign_in": sign_in})

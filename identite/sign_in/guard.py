"""Which page a person may see now: the one their next requirement asks for, and no later one."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from identite import provider
from identite.sign_in import requirements as step
from identite.sign_in import store
from identite.sign_in.requirements import REQUIREMENTS, Move, next_move
from identite.sign_in.sign_in import SignIn
from identite.sign_in.situation import Situation, look
from proconnect.kernel.error_page import WayOut

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, SignIn, Situation, P], HttpResponse]
View = Callable[..., HttpResponse]  # as Django calls it: a request, then what the address names


def page(*shown_for: type[Move], methods: tuple[str, ...] = ("GET", "POST")) -> Callable[[Page[P]], View]:
    """A page of the passage: seen only when the next move is one of ``shown_for``, else the move is performed."""

    def guarded(show: Page[P]) -> View:
        @never_cache
        @require_http_methods(list(methods))
        @wraps(show)
        def view(request: HttpRequest, sign_in_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            sign_in = current(request, sign_in_id)
            seen = look(request, sign_in)
            move = next_move(REQUIREMENTS, sign_in, seen)
            if not isinstance(move, shown_for):
                return perform(sign_in, seen, move)
            return show(request, sign_in, seen, *args, **kwargs)

        return view

    return guarded


def current(request: HttpRequest, sign_in_id: UUID) -> SignIn:
    """Raises Refused(SIGN_IN_ABSENT)."""
    sign_in = store.find(request, sign_in_id)
    request.journey_id, request.client_id = sign_in.ask.journey_id, sign_in.ask.client_id  # type: ignore[attr-defined]
    back = WayOut(url=reverse("identite:leave", args=[sign_in.id]), place=sign_in.ask.client_name)
    request.way_out = lambda page: back  # type: ignore[attr-defined]
    return sign_in


def go_on(request: HttpRequest, sign_in: SignIn) -> HttpResponse:
    """What was just done is seen: on to the next requirement."""
    seen = look(request, sign_in)
    return perform(sign_in, seen, next_move(REQUIREMENTS, sign_in, seen))


PAGES: dict[type[Move], str] = {
    step.AskEmail: "identite:email",
    step.AskPassword: "identite:sign-in",
    step.AskCode: "identite:code",
    step.CompleteAccount: "identite:account",
    step.AwaitModeration: "identite:moderation",
    step.AskOrganization: "identite:organization",
    step.ChooseOrganization: "identite:choose-organization",
}


def perform(sign_in: SignIn, seen: Situation, move: Move) -> HttpResponse:
    """The only place where a move becomes a response."""
    if seen.person and not sign_in.email:  # another tab may sign someone else in: this passage is theirs
        sign_in = store.keep(replace(sign_in, email=seen.person.email))
    match move:
        case step.Release(siret, acr, link_is_verified):
            assert seen.person is not None
            return provider.release(
                sign_in, seen.person, siret=siret, acr=acr, link_is_verified=link_is_verified
            )
        case step.Decline(description):
            return provider.decline(sign_in, description)
        case step.AskOrganization(suggested) if suggested:
            return redirect("identite:confirm-organization", sign_in.id, suggested)
        case _:
            return redirect(PAGES[type(move)], sign_in.id)

"""``/livez``: this process answers. ``/readyz``: what it needs answers too, so it may be sent visitors."""

from collections.abc import Callable, Iterable

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

Check = Callable[[], None]  # returns when well, raises anything when not

log = structlog.get_logger("health")
_checks: dict[str, Check] = {}
_advisory: set[str] = set()


def register(name: str, check: Check, *, is_vital: bool = True) -> None:
    """To be called when an app is ready. A check must answer, or raise, within three seconds.

    One that is not vital is told when it is asked for, by name or by ``verbose``: its failure takes no process away
    from visitors who need something else.
    """
    _checks[name] = check
    if not is_vital:
        _advisory.add(name)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    return _plain("ok", well=True)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """``?exclude=a,b`` leaves checks out; ``?verbose`` says one line per check."""
    excluded = set(request.GET.get("exclude", "").split(","))
    is_verbose = "verbose" in request.GET
    unasked = excluded if is_verbose else excluded | _advisory
    outcomes = run(name for name in _checks if name not in unasked)
    well = all(passed for name, passed in outcomes.items() if name not in _advisory)
    if not is_verbose:
        return _plain(_word(well), well=well)
    lines = [f"{name}: {_word(passed)}" for name, passed in outcomes.items()]
    return _plain("\n".join([*lines, _word(well)]), well=well)


@require_safe
def ready_for(request: HttpRequest, name: str) -> HttpResponse:
    if name not in _checks:
        return HttpResponse("unknown check", status=400, content_type="text/plain")
    well = run([name])[name]
    return _plain(_word(well), well=well)


def run_all() -> dict[str, bool]:
    return run(_checks)


def run(names: Iterable[str]) -> dict[str, bool]:
    return {name: _passes(name) for name in names}


def _passes(name: str) -> bool:
    try:
        _checks[name]()
    except Exception as error:  # a failed check is an answer, whatever failed
        log.warning("check_failed", check=name, error=type(error).__name__)
        return False
    return True


def _word(well: bool) -> str:
    return "ok" if well else "error"


def _plain(text: str, *, well: bool) -> HttpResponse:
    return HttpResponse(text, status=200 if well else 503, content_type="text/plain; charset=utf-8")

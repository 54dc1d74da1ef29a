"""Lists typed one per line, and what is wrong with each line, in French."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from federation.registry import domains
from federation.registry.uris import LONGEST, UriProblem, problem_with

URI_PROBLEMS: Mapping[UriProblem, Any] = {
    UriProblem.EMPTY: gettext_lazy("elle est vide"),
    UriProblem.TOO_LONG: gettext_lazy("elle est trop longue"),
    UriProblem.WRONG_CHARACTER: gettext_lazy("elle contient un caractère interdit dans une adresse"),
    UriProblem.NOT_ABSOLUTE: gettext_lazy("elle doit être complète et commencer par https://"),
    UriProblem.NOT_HTTPS: gettext_lazy("elle doit commencer par https://"),
    UriProblem.WILDCARD: gettext_lazy("elle contient une étoile : donnez chaque adresse exacte"),
    UriProblem.FRAGMENT: gettext_lazy("elle contient un fragment (#)"),
    UriProblem.USERINFO: gettext_lazy("elle contient un nom d’utilisateur (@)"),
    UriProblem.WRONG_HOST: gettext_lazy("son nom de domaine est incomplet ou mal formé"),
    UriProblem.WRONG_PORT: gettext_lazy("son port est incorrect"),
    UriProblem.LOOPBACK: gettext_lazy("localhost n’est admis qu’en intégration"),
    UriProblem.IP_ADDRESS: gettext_lazy("elle contient une adresse IP : donnez un nom de domaine"),
}


class LinesField(forms.CharField):
    """A list of texts, one per line. Empty lines are dropped; a doubled one is an error."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false", "autocapitalize": "off"})

    def __init__(self, *, parse: Callable[[str], Any] | None = None, wrong: Any = "", **options: Any) -> None:
        self._parse, self._wrong = parse, wrong
        super().__init__(**{"required": False, **options})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != _lines(data or "")

    def clean(self, value: Any) -> Any:
        super().clean(value)
        lines = _lines(value or "")
        parsed, problems = [], []
        for number, line in enumerate(lines, start=1):
            try:
                parsed.append(self._parse(line) if self._parse else line)
            except ValueError:
                problems.append(told_of_line(number, line, self._wrong))
        problems += [
            told_of_line(number, line, _("elle est déjà plus haut"))
            for number, line in enumerate(lines, start=1)
            if line in lines[: number - 1]
        ]
        if problems:
            raise ValidationError(problems)
        return tuple(parsed)


class DomainsField(LinesField):
    def __init__(self, **options: Any) -> None:
        wrong = gettext_lazy("ce n’est pas un nom de domaine exact, comme « interieur.gouv.fr »")
        super().__init__(parse=domains.parse, wrong=wrong, **options)


class UriField(forms.CharField):
    """Judged by ``problem_with_uri`` once the environment is known."""

    widget = forms.TextInput(attrs={"class": "vURLField", "inputmode": "url", "spellcheck": "false"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": 200, "empty_value": None, **options})


class PublicKeysField(forms.JSONField):
    """Empty rather than « null » when there are none."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


def problem_with_uri(uri: str | None, *, loopback_allowed: bool) -> str | None:
    problem = problem_with(uri, loopback_allowed=loopback_allowed, longest=LONGEST) if uri else None
    return str(URI_PROBLEMS[problem]) if problem else None


def told_of_line(number: int, line: str, problem: Any) -> str:
    return _("Ligne %(number)s, « %(line)s » : %(problem)s.") % {
        "number": number,
        "line": line[:80],
        "problem": problem,
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]

"""Where a person types a code received by e-mail, and why it is refused."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from proconnect.pages.forms import DsfrForm, OneTimeCodeField
from proconnect.platform.mail_codes import Outcome, Verdict


class CodeForm(DsfrForm):
    autofocus = "code"
    code = OneTimeCodeField(label=gettext_lazy("Code reçu par e-mail"), help_text=gettext_lazy("10 chiffres"))


def why_refused(verdict: Verdict) -> str:
    match verdict.outcome:
        case Outcome.WRONG:
            wrong = _("Ce code est incorrect. Vérifiez qu’il vient du dernier e-mail reçu.")
            if verdict.tries_left > 3:
                return wrong
            left = ngettext(
                "Il vous reste %(count)s essai.", "Il vous reste %(count)s essais.", verdict.tries_left
            )
            return f"{wrong} {left % {'count': verdict.tries_left}}"
        case Outcome.SPENT:
            return _("Ce code a été essayé trop de fois. Demandez un nouveau code.")
        case _:
            return _("Ce code est expiré ou a été remplacé. Demandez un nouveau code.")

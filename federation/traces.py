"""What happens in a journey, in the words of the domain."""

from enum import Enum, unique


@unique
class Trace(Enum):
    FS_ASKED_AUTHORIZATION = "authorize received and valid"
    EMAIL_ASKED = "e-mail page shown"
    EMAIL_GIVEN = "e-mail typed or hinted"
    FI_CHOICE_ASKED = "several FI: the person chooses"
    FI_CHOSEN = "browser sent to a FI"
    FI_ANSWERED = "back from the FI, identity verified"
    FI_REFUSED = "the FI declined, or its answer failed a check"
    FI_UNREACHABLE = "the FI did not answer"
    SESSION_REUSED = "silent SSO"
    SESSION_OPENED = "SSO session opened"
    ACCOUNT_CREATED = "first time this person is seen"
    ACCOUNT_LINKED = "an identity joins an account that another FI opened"
    FS_ANSWERED = "code sent to the FS"
    FS_ANSWERED_ERROR = "OAuth error sent to the FS"
    FS_REDEEMED_CODE = "tokens given"
    FS_REFUSED_TOKENS = "token request refused"
    FS_REFRESHED = "tokens renewed"
    CODE_REPLAYED = "a spent code came back: its tokens are dead"
    REFRESH_REPLAYED = "a spent refresh token came back: its family is dead"
    FS_READ_USERINFO = "claims given"
    FS_ASKED_LOGOUT = "end_session received"
    FI_LOGOUT_ASKED = "browser sent to the FI's own logout"
    FI_LOGOUT_SKIPPED = "the FI has no logout, or did not answer: our session alone ended"
    SESSION_ENDED = "SSO session ended"

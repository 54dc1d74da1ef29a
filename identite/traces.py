"""What happens at Identité, in the words of the domain."""

from enum import Enum, unique


@unique
class Trace(Enum):
    SIGN_IN_OPENED = "the broker sent us a person"
    PASSWORD_ACCEPTED = "right password"
    PASSWORD_REFUSED = "wrong e-mail or password"
    MAIL_CODE_SENT = "a code left for an address"
    MAIL_CODE_ACCEPTED = "the address is proved"
    MAIL_CODE_REFUSED = "wrong, late or spent code"
    USER_CREATED = "first proof of this address"
    USER_RECLAIMED = "an unproved account was emptied for the owner of its address"
    NAMES_GIVEN = "names written"
    PASSWORD_SET = "first password"
    RESET_ASKED = "a person forgot their password"
    PASSWORD_RESET = "new password by the link of a mail"
    MEMBERSHIP_OPENED = "a person joined an organisation"
    MEMBERSHIP_REFUSED = "a person may not join an organisation"
    MODERATION_ASKED = "no fact decides: moderation will"
    MODERATION_WITHDRAWN = "the person gave up their request"
    IDENTITY_RELEASED = "identity handed to the broker"
    PERSON_DECLINED = "the person went back to the FS"
    SESSION_ENDED = "signed out"

"""Whether a customer can be reached: green, yellow or red, and why.

Red: nothing can arrive (incomplete, malformed, bounced). Yellow: it could, but nobody
has verified it, or the verification is over or was of another address. Green: verified.
"""

import re
from dataclasses import dataclass
from datetime import date

from .postal import Address, missing_parts, normalised

GREEN, YELLOW, RED = "green", "yellow", "red"
ORDER = (RED, YELLOW, GREEN)
# A local part, and a domain with at least one dot, both without blanks.
EMAIL = re.compile(r"[^@\s,;<>\"()]+@([^@\s.,;]+\.)+[^@\s.,;\d][^@\s.,;]+")


@dataclass(frozen=True)
class Verification:
    """Who looked is the models' affair; here: what was looked at, and until when."""

    value: str
    expires: date | None = None


@dataclass(frozen=True)
class Verdict:
    """A colour and its reasons as codes.

    Codes: those of :func:`~.postal.missing_parts`; ``missing``, ``form``, ``bounced``,
    ``blocked`` (on the list of addresses that are not to be written to), ``refused``
    (by the network), ``unverified``, ``changed``, ``expired``, ``verified``.
    """

    color: str
    reasons: tuple[str, ...]

    @property
    def can_be_verified(self):
        """Whether there is something that a person could say is right."""
        return self.color != RED


def fingerprint(address: Address) -> str:
    """A postal address as one line, by which a later change is seen."""
    tidy = normalised(address)
    parts = (tidy.street, tidy.street2, tidy.zip, tidy.city, tidy.state, tidy.country)
    return "|".join(parts).casefold()


def _verified(value, verification, today):
    if not verification:
        return Verdict(YELLOW, ("unverified",))
    if verification.value != value:
        return Verdict(YELLOW, ("changed",))
    if verification.expires and verification.expires < today:
        return Verdict(YELLOW, ("expired",))
    return Verdict(GREEN, ("verified",))


def judge_postal(
    address: Address, verification: Verification | None, today: date
) -> Verdict:
    """The postal address, for letters and for what must be on the invoice."""
    missing = missing_parts(address)
    if missing:
        return Verdict(RED, missing)
    return _verified(fingerprint(address), verification, today)


def judge_email(
    email: str,
    verification: Verification | None,
    today: date,
    *,
    bounced: bool = False,
    blocked: bool = False,
) -> Verdict:
    """The e-mail address.

    :param bounced: the newest mail to this contact came back
    """
    plain = email.strip()
    if not plain:
        return Verdict(RED, ("missing",))
    if len(plain) > 254 or not EMAIL.fullmatch(plain):
        return Verdict(RED, ("form",))
    if bounced:
        return Verdict(RED, ("bounced",))
    if blocked:
        return Verdict(RED, ("blocked",))
    return _verified(plain.casefold(), verification, today)


def judge_endpoint(
    endpoint: str,
    verification: Verification | None,
    today: date,
    *,
    valid: bool | None = None,
) -> Verdict:
    """The address for electronic invoices.

    :param valid: what the network said about it, or None if it was not asked; its
        word counts as much as a person's
    """
    if not endpoint:
        return Verdict(RED, ("missing",))
    if valid is False:
        return Verdict(RED, ("refused",))
    if valid:
        return Verdict(GREEN, ("verified",))
    return _verified(endpoint.strip().casefold(), verification, today)


def worst(colors) -> str:
    """The worst of some colours; green if there is none."""
    return min(colors, key=ORDER.index, default=GREEN)

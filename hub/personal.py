"""Telephone and identity numbers of people: found in text, and masked for the eye."""

import re

#: 18-digit identity numbers and 11-digit mobile numbers, as they stand in plain text.
IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}(?![0-9A-Za-z])")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def mask_mobile(number: str) -> str:
    """13812342051 -> 138****2051; what is shorter than eight characters is hidden whole."""
    digits = re.sub(r"[ -]", "", number)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "*" * len(digits)


def mask_identity(number: str) -> str:
    """110105199001012051 -> 110105********2051: the place stays, the birthday goes."""
    return f"{number[:6]}********{number[-4:]}" if len(number) >= 15 else "*" * len(number)


def mask_text(text: str) -> str:
    """A text whose identity and mobile numbers are masked, also those in full-width figures."""
    plain = text.translate(_WIDE)
    plain = IDENTITY.sub(lambda found: mask_identity(found[0]), plain)
    return MOBILE.sub(lambda found: mask_mobile(found[0]), plain)

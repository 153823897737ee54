"""One-time enrolment codes: nine random characters and a check character (ISO 7064 mod 37, 36)."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from .errors import SyncError

# Without 0 O 1 I L U V: these are misread on paper and over the telephone.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
LENGTH: Final = 10
_BETWEEN: Final = {"Zs", "Pd"}     # spaces and dashes of all kinds
_SCHEME: Final = "yizhan"


class EnrolmentCodeError(SyncError):
    """What was typed or scanned is no enrolment code."""

    code = "ENROL-CODE"
    next_step = "请核对登记码，共 10 位，或向总工会要一个新的"


def make_code() -> str:
    """A new random code; about 44 bits, so guessing it within its 24 hours is hopeless."""
    while True:
        payload = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = payload + mod_37_36.calc_check_digit(payload)
        if code[-1] in ALPHABET:
            return code


def parse_code(text: str) -> str:
    """The code as it was made, from how it is shown, read out or typed; raises EnrolmentCodeError.

    Case, spaces, dashes and what a Chinese keyboard makes of letters (７ＫＱ２Ｍ) do not matter.
    """
    plain = unicodedata.normalize("NFKC", text)
    code = "".join(sign for sign in plain if unicodedata.category(sign) not in _BETWEEN and sign.isprintable()).upper()
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise EnrolmentCodeError("位数或字符不对")
    try:
        return str(mod_37_36.validate(code))
    except ValidationError as cause:
        raise EnrolmentCodeError("校验位不对") from cause


def shown_code(code: str) -> str:
    """A code as pages and commands show it, `7KQ2M 9XW4F`; it is taken as typed like this."""
    return f"{code[:5]} {code[5:]}"


def make_qr_text(office_url: str, code: str) -> str:
    """What the technician's QR says: `yizhan:enrol?office=…&code=…`."""
    return f"{_SCHEME}:enrol?{urlencode({'office': office_url, 'code': code})}"


def parse_qr_text(text: str) -> tuple[str, str]:
    """Office address and code of a QR; raises EnrolmentCodeError."""
    try:
        parts = urlsplit(text)
        fields = parse_qs(parts.query)
    except ValueError as cause:
        raise EnrolmentCodeError("不是登记二维码") from cause
    if parts.scheme != _SCHEME or parts.path != "enrol" or "office" not in fields or "code" not in fields:
        raise EnrolmentCodeError("不是登记二维码")
    return fields["office"][0], parse_code(fields["code"][0])

"""Out of order because the store is damaged; an enrolment QR under the scanner is all a technician needs."""

from __future__ import annotations

from typing import ClassVar

from kiosk.stage.out_of_order import OutOfOrderScreen
from sync.protocol.enrolment import EnrolmentCodeError, parse_qr_text

from .begin import Scanned


class DamagedScreen(OutOfOrderScreen):
    """Looks as out of order does, and listens to the scanner."""

    name: ClassVar[str] = "setup_damaged"

    def takes_scan(self, frame: bytes) -> bool:
        """Enrol again, if it is a code to enrol with."""
        try:
            parse_qr_text(frame.decode("utf-8", "replace").strip())
        except EnrolmentCodeError:
            self.stage.play("no")
        else:
            self.stage.show("setup_begin", Scanned(frame))
        return True

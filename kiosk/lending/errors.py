"""What can go wrong in lending, each with a code, a cause and a next step."""

from __future__ import annotations

from kiosk.errors import KioskError


class QuotaReached(KioskError):
    """The worker holds as many books as the office allows."""

    code = "LOAN-QUOTA"
    is_rule = True

    def __init__(self, quota: int) -> None:
        super().__init__(f"quota {quota}")
        self.cause = f"已借满 {quota} 本" if quota else "本站的书不外借"
        self.next_step = f"最多借 {quota} 本，请先放回 1 本" if quota else "本站暂时不外借，可以在这里看"
        self.leads_to, self.way = ("give_back", "去还书") if quota else ("", "")


class BorrowerNeeded(KioskError):
    """The office wants to know who borrows, and nobody was named yet."""

    code = "LOAN-WHO"
    is_rule = True
    wants_card = True
    cause = "本站借书要先认一下人"
    next_step = "请先扫一下会员码，再扫这本书"

"""Taking labelled copies and titles out of the drift again."""

from __future__ import annotations

from django.db import transaction

from sync.central.core.publishing.documents import withdraw
from sync.protocol import documents as docs
from sync.protocol.errors import SyncError

from .models import Copy, Title

_ON_LOAN = "on_loan"


class NotWithdrawn(SyncError):
    """A title or copy stays where it is; `detail` says why."""

    code = "OFFICE-WITHDRAW"
    next_step = "请核对编号，现在什么也没有撤下"


@transaction.atomic
def remove_copy(label: str, *, on_loan: bool = False) -> bool:
    """Take a copy out of the drift; whether somebody has it. Raises NotWithdrawn.

    One that somebody has is left alone unless `on_loan` says that it is known. Its events stay: brought back, it is a
    book that nobody knows, and catalogued again it stands where they say.
    """
    copy = Copy.objects.select_for_update().filter(label=label).first()     # as whoever folds it takes it
    if copy is None:
        raise NotWithdrawn(f"没有登记过标签 {label}")
    is_out = copy.status == _ON_LOAN
    if is_out and not on_loan:
        raise NotWithdrawn(f"标签 {label} 的书正借在外面，请等还回来再撤；收不回来了，就加上 --on-loan")
    copy.delete()
    withdraw(docs.Copy.type, label)
    return is_out


@transaction.atomic
def remove_title(isbn: str) -> str:
    """Take a title out that no copy bears; what it was called. Raises NotWithdrawn."""
    title = Title.objects.select_for_update().filter(isbn=isbn).first()
    if title is None:
        raise NotWithdrawn(f"没有书目 {isbn}")
    labels = list(Copy.objects.filter(title=title).order_by("label").values_list("label", flat=True)[:4])
    if labels:
        count = Copy.objects.filter(title=title).count()
        more = " 等" if count > len(labels) else ""
        raise NotWithdrawn(f"书目 {isbn} 还有 {count} 册书（{'、'.join(labels)}{more}），请先用 copy remove 撤下它们")
    title.delete()
    withdraw(docs.Title.type, isbn)
    return title.title

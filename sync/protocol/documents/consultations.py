"""What stations know of the doctors, and the health talks they may show."""

from __future__ import annotations

from typing import ClassVar, Literal

from .base import Blob, Document


class Consulting(Document, frozen=True, kw_only=True):
    """Whether a doctor can be talked to now; key: `doctors`, the one desk there is."""

    type: ClassVar[str] = "consulting"
    desk: str
    is_open: bool                   # a doctor is on duty
    hours: str = ""                 # 每天 8:00–20:00, said while it is closed
    languages: tuple[str, ...] = ("zh_CN",)
    provider: str = ""              # name of another provider, whose page is opened instead of our own desk's


class Talk(Document, frozen=True, kw_only=True):
    """A health talk (专家健康知识科普): a video, a card of words, or both."""

    type: ClassVar[str] = "talk"
    talk: str
    title: str
    kind: Literal["video", "card"] = "video"
    minutes: int = 0
    speaker: str = ""
    card: str = ""                  # plain words, paragraphs by line breaks
    order: int = 0
    blobs: tuple[Blob, ...] = ()    # the video, if there is one

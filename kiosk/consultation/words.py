"""What the call page says: the kiosk's words and icons, handed to it when it says hello."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kiosk.ui import fonts
from kiosk.ui.words import _

from .plan import TalkShown

_PAGE: Final = Path(__file__).parent / "page"
_ICON: Final = re.compile(r'data-icon="([a-z-]+)"|"([a-z]+(?:-[a-z]+)+)"')


def page_words() -> dict[str, str]:
    """The words by their names in the page."""
    return {
        "title": _("看医生"),
        "fake": _("示例画面，不是摄像头"),
        "opening": _("正在打开摄像头"),
        "asking": _("正在联系医生"),
        "this_is_you": _("这是您自己，说句话试试"),
        "can_you_see": _("先试一试"),
        "see_yourself": _("上面能看见您自己"),
        "say_something": _("说句话，绿条会动"),
        "hear_something": _("听听声音"),
        "play_tone": _("播放一声"),
        "start": _("开始排队"),
        "ahead": _("您前面还有 {count} 位"),
        "you_are_next": _("下一个就是您"),
        "estimate": _("大约 {minutes} 分钟。医生接通后会自动开始，您不用再按任何键。"),
        "no_estimate": _("医生接通后会自动开始，您不用再按任何键。"),
        "line_trouble": _("网络断了，正在重连，您的位置还在"),
        "ringing": _("正在呼叫医生"),
        "ringing_note": _("请看着屏幕，马上就接通。"),
        "emergency": _("胸口痛、喘不上气、说话含糊、大出血？"),
        "emergency_do": _("不要等，马上打 120。"),
        **_call_words(),
        "trial": _("视频自检"),
        "trial_note": _("请看着屏幕，说句话"),
        **{f"trial_{part}": words for part, words in trial_words().items()},
        "still_there": _("还在吗？"),
        "still_there_left": _("没人的话，{seconds} 秒后不再排队"),
        "i_am_here": _("我还在"),
        "watch_talk": _("等的时候看个健康讲座"),
        "talks": _("健康讲座"),
        "talk_minutes": _("{title}  {minutes} 分钟"),
        "back": _("返回"),
        "watching": _("医生一接通，讲座会自动停下"),
        "stop_watching": _("不看了"),
    }


def trial_words() -> dict[str, str]:
    """The parts of the self-test by their names."""
    return {
        "camera": _("摄像头"), "microphone": _("话筒"), "loopback": _("视频通话"), "relay": _("视频中转服务器"),
    }


def _call_words() -> dict[str, str]:
    return {
        "leave": _("不等了，返回首页"),
        "mute": _("静音"),
        "unmute": _("恢复声音"),
        "softer": _("小声点"),
        "louder": _("大声点"),
        "hang_up": _("挂断"),
        "licence": _("执业证号 {number}"),
        "line_good": _("已联网"),
        "call_good": _("画面声音都正常"),
        "small_picture": _("网络不太好，画面变小了"),
        "sound_only": _("网络很差，先只听声音"),
        "no_camera": _("摄像头断了，只有声音"),
        "reconnecting": _("正在重连"),
        "stay_here": _("医生还在等您，请不要走开"),
    }


def page_icons() -> dict[str, str]:
    """Every icon that the page names."""
    sources = (path.read_text(encoding="utf-8") for path in sorted(_PAGE.glob("*.[hj]*")))
    names = {one or other for source in sources for one, other in _ICON.findall(source)}
    return {name: fonts.glyph(name) for name in sorted(names) if name}


def page_files(folder: Path | None) -> Mapping[str, Path]:
    """The faces of the kiosk's screen; raises FontsMissing."""
    from fonticon_mdi7 import MDI7  # noqa: PLC0415

    faces = fonts.find_folder(folder)
    return {
        "regular.otf": faces / fonts.FILES["Regular"], "bold.otf": faces / fonts.FILES["Bold"],
        "icons.ttf": Path(MDI7.__font_file__),
    }


def hello(language: str, *, fake: bool, zone: str = "Asia/Shanghai", talks: Sequence[TalkShown] = ()) -> dict[str, Any]:
    """What the kiosk tells the page first."""
    return {
        "language": language, "zone": zone, "words": page_words(), "icons": page_icons(), "fake": fake, "talks": talks,
        "patience": {"mirror": 60, "queue": 180, "ring": 180},
    }

"""How a talk with a doctor can fail, each with a code, a cause and a next step."""

from __future__ import annotations

from typing import ClassVar

from kiosk.errors import KioskError
from sync.protocol.events.consultations import Outcome


class ConsultationError(KioskError):
    """Root of the failures of a consultation; `outcome` is what the journal says of it."""

    code = "CONSULT"
    cause = "这次没有看成医生"
    next_step = "请再试一次，不方便等就打下面的电话"
    outcome: ClassVar[Outcome] = "crashed"
    can_retry: ClassVar[bool] = True


class NoLine(ConsultationError):
    """There is no line to the office."""

    code = "CONSULT-LINE"
    cause = "现在没有网络"
    next_step = "请打下面的电话，网络好了再来"
    outcome = "no-line"


class LineLost(ConsultationError):
    """The line went while somebody waited or talked, and did not come back."""

    code = "CONSULT-LOST"
    cause = "网络断了，没能接回去"
    next_step = "请再试一次，医生那边也看到是断线"
    outcome = "no-line"


class NoDoctor(ConsultationError):
    """Nobody answered, or nobody is on duty any more."""

    code = "CONSULT-DOCTOR"
    cause = "医生都在忙，没有接通"
    next_step = "请过一会儿再试，着急就打下面的电话"
    outcome = "no-doctor"


class DoctorCancelled(ConsultationError):
    """The doctor took it back before it began."""

    code = "CONSULT-CANCELLED"
    cause = "医生临时有事，取消了"
    next_step = "请再排一次队，会换一位医生"
    outcome = "cancelled"


class CameraLost(ConsultationError):
    """Camera or microphone is missing, refused or lost."""

    code = "CONSULT-CAMERA"
    cause = "摄像头或话筒用不了"
    next_step = "请看看它们的线有没有松，再试一次"
    outcome = "no-camera"


class WindowCrashed(ConsultationError):
    """The call window hung, crashed or could not be started."""

    code = "CONSULT-WINDOW"
    cause = "视频窗口出错了，已经关掉"
    next_step = "请再试一次，一般马上就好"
    outcome = "crashed"


class OfficeSaidNo(ConsultationError):
    """The office did not take the call."""

    code = "CONSULT-REFUSED"
    cause = "总工会那边没有受理"
    next_step = "请打下面的电话，告诉他们技术员代码"
    outcome = "refused"
    can_retry = False


class DiskTooFull(ConsultationError):
    """There is no room for the call window."""

    code = "CONSULT-DISK"
    cause = "机器存满了，打不开视频"
    next_step = "机器要维修，请打下面的电话"
    outcome = "disk-full"
    can_retry = False


class ClockIsWrong(ConsultationError):
    """The machine's clock is so wrong that nobody believes it."""

    code = "CONSULT-CLOCK"
    cause = "机器的时间不对，连不上"
    next_step = "机器要维修，请打下面的电话"
    outcome = "clock-wrong"
    can_retry = False


class MicrophoneSilent(KioskError):
    """The microphone is there, and not the least sound came from it."""

    code = "CONSULT-SILENT"
    cause = "话筒没有声音"
    next_step = "请看看话筒的开关和音量，说句话再试"


class CallsBlocked(KioskError):
    """The browser's own picture did not come back to it."""

    code = "CONSULT-LOOP"
    cause = "视频通话连不起来"
    next_step = "请看看网卡和防火墙，再试一次"


class RelayLost(KioskError):
    """None of the office's relay servers gave an address."""

    code = "CONSULT-RELAY"
    cause = "连不上视频中转服务器"
    next_step = "请看看 3478 端口有没有被挡住，再试一次"


class PlayerMissing(KioskError):
    """There is nothing to play films with."""

    code = "TALK-PLAYER"
    cause = "本机放不了视频"
    next_step = "可以看文字的健康讲座，视频等技术员来装"


BY_ENDING: dict[str, type[ConsultationError]] = {
    "no-doctor": NoDoctor,
    "cancelled": DoctorCancelled,
    "lost": LineLost,
    "doctor-lost": LineLost,
    "no-line": NoLine,
    "no-camera": CameraLost,
    "crashed": WindowCrashed,
    "refused": OfficeSaidNo,
    "disk-full": DiskTooFull,
    "clock-wrong": ClockIsWrong,
}

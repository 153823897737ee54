"""What can go wrong while a station is set up."""

from __future__ import annotations

from kiosk.errors import KioskError


class OfficeUnknown(KioskError):
    """Nobody has said yet where the office is."""

    code = "SETUP-OFFICE"
    cause = "还不知道总工会的网址"
    next_step = "请扫登记二维码，或先输入总工会网址，再输入登记码"


class NoEnrolmentCode(KioskError):
    """What was scanned is some other code."""

    code = "SETUP-SCAN"
    cause = "这不是登记二维码"
    next_step = "请扫总工会网页上“登记码”里的二维码，或点下面的按钮手动输入"


class ClockBehind(KioskError):
    """The machine's clock is earlier than the program itself: no certificate can be valid."""

    code = "SETUP-CLOCK"
    cause = "本机时间不对"
    next_step = "接上网线等一分钟，时间会自己对准；没有网，按下面的按钮设好。每次开机都不对，请换主板电池"


class TouchAstray(KioskError):
    """Touches do not fall where the finger is."""

    code = "SETUP-TOUCH"
    cause = "点的位置不准，或没有反应"
    next_step = "请检查触摸屏的 USB 线，再试一次；屏幕转了方向也要重新校准"


class ScannerSilent(KioskError):
    """No scan came."""

    code = "SETUP-SCANNER"
    cause = "没有收到扫码"
    next_step = "请检查扫码器的线，再扫任意一个条码"


class SpeakerSilent(KioskError):
    """The tone was not heard."""

    code = "SETUP-SOUND"
    cause = "没听到声音"
    next_step = "请检查喇叭的线和音量，再试一次"


class AgentSilent(KioskError):
    """The office has not been reached since the enrolment: the agent does not run, or has said nothing."""

    code = "SETUP-AGENT"
    cause = "同步程序还没有连上总工会"
    next_step = "请等一分钟再试；还不行，请重新启动本机"


class WatchdogMissing(KioskError):
    """The machine has no watchdog of hardware."""

    code = "SETUP-WATCHDOG"
    cause = "本机没有硬件看门狗"
    next_step = "请在 BIOS 里打开 Watchdog；这台机器确实没有，就免检"

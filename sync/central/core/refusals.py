"""Why the office refuses a request: the wire's code, the status and words for a person."""

from __future__ import annotations

from typing import Final

from sync.protocol.errors import SyncError

# Those of the core; an app adds its own.
REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "header": (400, "请求格式不对，请更新本站程序"),
    "version": (400, "程序版本与总工会不匹配，请更新"),
    "enrol-request": (400, "登记请求格式不对，请更新本站程序"),
    "unsigned": (401, "请求没有签名，请重新登记本站"),
    "bad-signature": (401, "签名不对，请重新登记本站"),
    "clock": (401, "本站时钟不准，请校对时间"),
    "replayed": (401, "请求重复，请再试一次"),
    "enrol-code": (403, "登记码无效或已过期，请向总工会要一个新的"),
    "revoked": (403, "本站已被停用，请联系总工会"),
    "not-found": (404, "没有这个地址或文件，请核对总工会网址"),
    "method": (405, "请更新本站程序"),
    "cloned": (409, "这台设备像是复制的，请重新登记"),
    "slow": (408, "线路太慢，稍后会自动重试"),
    "length": (411, "请求没有长度，请检查网络代理"),
    "too-large": (413, "一次传得太多，请分批"),
    "range": (416, "文件没有这么长，会自动重新下载"),
    "enrol-rate": (429, "尝试太多，请一刻钟后再试"),
    "server": (500, "总工会服务器出错，稍后会自动重试"),
    "busy": (503, "总工会服务器忙，稍后会自动重试"),
}


def register(code: str, status: int, words: str) -> None:
    """Add a refusal that an app's door gives; apps do this when they are ready."""
    REFUSALS[code] = (status, words)


class Refused(SyncError):
    """The office will not do what was asked; `reason` is the wire's code."""

    code = "OFFICE-REFUSED"
    next_step = "请联系总工会"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.status, self.words = REFUSALS[reason]

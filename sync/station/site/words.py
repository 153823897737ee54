"""The faults of a site file in Chinese; the log and the schema have them in English."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = (
    (r"larger than (\d+ KiB)", r"文件大于 \1"),
    (r"it is not written in UTF-8", "文件不是 UTF-8 编码，请另存为 UTF-8"),
    (r"(\S+): unknown, did you mean (.+)\?", r"\1：没有这一项，是不是 \2"),
    (r"(\S+): unknown; there are (.+)", r"\1：没有这一项，可以写 \2"),
    (r"(\S+): expected a table with (.+)", r"\1：下面应当写 \2"),
    (r"(\S+) = (.+): not in (\S+), the network of (\S+)", r"\1 = \2：不在 \4 的网段 \3 里"),
    (r"(\S+): wants (\S+) too", r"\1：还要写 \2"),
)
_EXPECTED: Final = {
    "words on one line": "一行文字，不能为空",
    "the ten characters of a one-time code": "十位登记码",
    'an address such as "https://office.example"': '网址，如 "https://office.example"',
    "one or more certificates in PEM, in three quotation marks": "PEM 证书，前后各三个引号",
    'an address with its prefix, such as "192.0.2.20/24"': '带网段长度的地址，如 "192.0.2.20/24"',
    'an address such as "192.0.2.1"': '地址，如 "192.0.2.1"',
    "a list of addresses": '一个或几个地址，如 ["192.0.2.1"]',
    "a list of servers": '一个或几个服务器，如 ["ntp.example"]',
    "the name of a server": "服务器的名称",
    "a network's name of at most 32 bytes": "WiFi 名称，最多 32 个字节",
    "8 to 63 characters": "8 到 63 个字符",
    'two capital letters such as "CN"': '两个大写字母，如 "CN"',
    "0, 90, 180 or 270": "0、90、180 或 270",
}
_LINE: Final = re.compile(r"(.*) \(at (?:line (\d+)(?:, column \d+)?|end of document)\)", re.DOTALL)


def words_of(fault: str) -> str:
    """A fault as SiteFileWrong lists it, in Chinese; of TOML's own only where it is."""
    found = _LINE.fullmatch(fault)
    said = _said(found[1] if found else fault)
    if found is None:
        return said
    return f"第 {found[2]} 行：{said}" if found[2] else f"文件末尾：{said}"


def _said(fault: str) -> str:
    head, colon, expected = fault.rpartition(": expected ")
    if colon and expected in _EXPECTED:
        return f"{head}：应当是{_EXPECTED[expected]}"
    for pattern, words in _WHOLE:
        if found := re.fullmatch(pattern, fault, re.DOTALL):
            return found.expand(words)
    return "写法不对，请看引号、等号、方括号，以及有没有写了两次"

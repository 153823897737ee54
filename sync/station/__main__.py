"""yizhan-agent: enrol this station, keep it in step with the office, say how it stands."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from sync.command_line import ChineseParser
from sync.protocol.enrolment import EnrolmentCodeError, parse_qr_text
from sync.protocol.errors import SyncError

from .clock import Clock
from .errors import AgentRunning, AlreadyEnrolled, CodeRefused, NotEnrolled, OfficeBusy, OfficeUnreachable, StoreError
from .exchange.agent import Agent
from .exchange.enrol import enrol
from .host.client import Host
from .host.table import SOCKET
from .identity import sole_agent, store_path
from .status import read_status, words_of
from .updates.orders import Orders
from .updates.updating import Updating

_EXITS: Final[tuple[tuple[type[SyncError], int], ...]] = (
    (CodeRefused, 3),
    (EnrolmentCodeError, 3),
    (OfficeUnreachable, 4),
    (OfficeBusy, 4),
    (AlreadyEnrolled, 6),
    (AgentRunning, 7),
    (NotEnrolled, 8),
    (StoreError, 5),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, 1 to 8 as the technician's handbook lists them, or 130 if interrupted."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S%z",
    )
    # Everything here survives kill -9, so stopping may interrupt whatever it finds.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(options.run(options))
    except SyncError as fault:
        print(f"{fault.code}：{fault.next_step}", file=sys.stderr)
        if fault.detail:
            print(f"（{fault.detail}）", file=sys.stderr)
        return next((code for kind, code in _EXITS if isinstance(fault, kind)), 1)
    except KeyboardInterrupt:
        return 130


def _enrol(options: argparse.Namespace) -> int:
    if options.qr:
        office, code = parse_qr_text(options.qr)
    elif options.office and options.code:
        office, code = options.office, " ".join(options.code)
    else:
        print("请给出 --office 网址和登记码，或 --qr 二维码文字", file=sys.stderr)
        return 2
    identity = enrol(options.data, office, code, again=options.again)
    print(f"登记好了：{identity.name}（{identity.station}）")
    return 0


def _run(options: argparse.Namespace) -> int:
    with sole_agent(options.data):
        clock, host = Clock(), Host(options.host)
        updating = Updating(host, options.updates, clock, options.stick)
        if not store_path(options.data).exists():     # only an enrolment makes it
            print(f"{NotEnrolled.code}：{NotEnrolled.next_step}。登记好以后，这里自己开始同步", file=sys.stderr)
        agent = Agent(options.data, clock=clock, errands=[Orders(host, updating, clock), updating])
        try:
            agent.run(at_once=options.now)
        except KeyboardInterrupt:
            return 0
        finally:
            agent.close()


def _status(options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    status = read_status(options.data, now)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(status)).decode())
    else:
        print("\n".join(words_of(status, now)))
    return 0 if status.is_well else 1


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(prog="yizhan-agent", description="驿站同步程序")
    commands = parser.add_subparsers(required=True, metavar="命令")
    wanted = commands.add_parser("enrol", help="用登记码登记本站")
    wanted.add_argument("--office", metavar="网址", help="总工会网址，https:// 开头")
    wanted.add_argument("--qr", metavar="文字", help="登记二维码里的文字，代替网址和登记码")
    wanted.add_argument("--again", action="store_true", help="重新登记，没传完的记录一起带过去")
    wanted.add_argument("code", nargs="*", metavar="登记码", help="十位登记码，中间有没有空格都可以")
    wanted.set_defaults(run=_enrol)
    running = commands.add_parser("run", help="一直同步，直到被停止")
    running.add_argument("--now", action="store_true", help="马上同步一次，不等轮到本站")
    running.set_defaults(run=_run)
    running.add_argument("--host", type=Path, default=Path(SOCKET), metavar="套接字", help="yizhan-host 在哪里等")
    running.add_argument("--updates", type=Path, default=Path("/data/updates"), metavar="文件夹", help="更新包放在哪里")
    running.add_argument("--stick", type=Path, default=Path("/run/yizhan/stick"), metavar="文件夹", help="U 盘挂在哪里")
    asking = commands.add_parser("status", help="看看本站的情况和下一步；一切正常返回 0，有事要做返回 1")
    asking.add_argument("--json", action="store_true", help="给程序读")
    asking.set_defaults(run=_status)
    for command in commands.choices.values():
        command.add_argument("--data", type=Path, required=True, metavar="文件夹", help="本站数据所在的文件夹")
    return parser


if __name__ == "__main__":
    sys.exit(main())

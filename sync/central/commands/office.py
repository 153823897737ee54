"""`serve`, `projector`, `migrate`, `example`: the office itself."""

from __future__ import annotations

import argparse
from typing import Final

from sync.central.commands import Commands, refuse

_LAST_PORT: Final = 65_535


def add(commands: Commands) -> None:
    """Add these commands."""
    serve = commands.add_parser("serve", help="运行网页、同步接口和统计")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000, help="0：由系统选择")
    serve.add_argument("--no-projector", action="store_true", help="统计由另一个进程做")
    serve.set_defaults(run=_serve)
    projector = commands.add_parser("projector", help="只运行统计")
    projector.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)    # how `serve` starts it
    projector.set_defaults(run=_projector, takes_any_database=True)     # one beside waits for a database that is away
    migrate = commands.add_parser("migrate", help="建立或升级数据库")
    migrate.set_defaults(run=_migrate, takes_any_database=True)
    commands.add_parser("example", help="把示例装进空的数据库").set_defaults(run=_example)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"端口要用 0 到 {_LAST_PORT} 的整数")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from sync.central.serving import serve

    try:
        serve(options.host, options.port, with_projector=not options.no_projector)
    except OSError as fault:
        return refuse(f"{options.host}:{options.port} 用不了：{fault.strerror}")
    return 0


def _projector(options: argparse.Namespace) -> int:
    from sync.central.databases import BEHIND, is_behind
    from sync.central.serving import project_until_stopped

    if not options.beside and is_behind():
        return refuse(BEHIND)
    project_until_stopped(beside=options.beside)
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    print("数据库已是最新")
    return 0


def _example(_options: argparse.Namespace) -> int:
    from sync.central.example import OfficeNotEmpty, fill_office

    try:
        fill_office()
    except OfficeNotEmpty as fault:
        return refuse(fault.detail)
    return 0

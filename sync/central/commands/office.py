"""`serve`, `projector`, `migrate`, `example`: the office itself."""

from __future__ import annotations

import argparse
from typing import Final

from sync.central.commands import Commands, refuse
from sync.central.folder import in_use
from sync.command_line import why

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
    migrate.set_defaults(run=_migrate, takes_any_database=True, makes_folder=True)
    example = commands.add_parser("example", help="把示例装进空的数据库：驿站、图书、海报，和编出来的一个月记录")
    example.add_argument("--bare", action="store_true", help="不要编出来的记录")
    example.set_defaults(run=_example)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"端口要用 0 到 {_LAST_PORT} 的整数")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from django.conf import settings

    from sync.central.serving import serve

    try:
        with in_use(settings.YIZHAN_DATA):
            serve(options.host, options.port, with_projector=not options.no_projector)
    except OSError as fault:
        return refuse(f"{options.host}:{options.port} 用不了：{why(fault)}")
    return 0


def _projector(options: argparse.Namespace) -> int:
    from django.conf import settings

    from sync.central.databases import BEHIND, is_behind
    from sync.central.serving import project_until_stopped

    if not options.beside and is_behind():
        return refuse(BEHIND)
    if options.beside:      # whoever started it holds the folder
        project_until_stopped(beside=True)
        return 0
    with in_use(settings.YIZHAN_DATA):
        project_until_stopped(beside=False)
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    print("数据库已是最新")
    return 0


def _example(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.utils import timezone

    from sync.central.core.examples import STATIONS
    from sync.central.core.projecting.projector import project_all
    from sync.central.example import COPIES, fill_office
    from sync.central.example.month import DAYS, fill_month

    with transaction.atomic():
        fill_office()
        count = 0 if options.bare else fill_month(STATIONS, timezone.now())
    print(f"装好了示例：{len(STATIONS)} 个驿站，{COPIES} 册书")
    if count:
        project_all()
        print(f"还有编出来的最近 {DAYS} 天 {count} 条记录，网页上标着“含示例数据”")
    return 0

"""`station`: all of them, new ones, new names and regions, their one-time codes, and the end of their keys."""

from __future__ import annotations

import argparse
import sys

from sync.central.commands import Commands


def add(commands: Commands) -> None:
    """Add these commands."""
    station = commands.add_parser("station", help="驿站").add_subparsers(required=True, metavar="动作")
    add_ = station.add_parser("add", help="新建驿站")
    add_.add_argument("id", help="如 330502-01")
    add_.add_argument("--name", required=True, help="如 衣裳街")
    add_.add_argument("--place", default="", help="如 新享驿站")
    add_.add_argument("--region", required=True, help="行政区划代码，如 330502")
    add_.set_defaults(run=_station_add)
    station.add_parser("list", help="列出全部驿站").set_defaults(run=_station_list, only_looks=True)
    rename = station.add_parser("rename", help="改名称或场所；编号不能改")
    rename.add_argument("id")
    rename.add_argument("--name", help="如 衣裳街；不写就不变")
    rename.add_argument("--place", help="如 新享驿站；不写就不变")
    rename.set_defaults(run=_station_rename)
    move = station.add_parser("move", help="改行政区划：驿站会自动换成新地区的内容")
    move.add_argument("id")
    move.add_argument("--region", required=True, help="行政区划代码，如 330502")
    move.set_defaults(run=_station_move)
    service = station.add_parser("service", help="开通或停用驿站的一项服务，如视频看医生 consultation")
    service.add_argument("id")
    service.add_argument("service", help="如 consultation")
    service.add_argument("--remove", action="store_true", help="停用")
    service.set_defaults(run=_station_service)
    code = station.add_parser("code", help="生成一次性登记码，24 小时有效")
    code.add_argument("id")
    code.set_defaults(run=_station_code)
    revoke = station.add_parser("revoke", help="停用驿站的密钥")
    revoke.add_argument("id")
    revoke.set_defaults(run=_station_revoke)


def _station_add(options: argparse.Namespace) -> int:
    from sync.central.core.stations import add_station
    from sync.protocol.documents import StationSettings

    add_station(StationSettings(station=options.id, name=options.name, place=options.place, region=options.region))
    print(f"驿站 {options.id} 已新建；登记码用 yizhan-central station code {options.id} 生成")
    return 0


def _station_list(_options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.office.rooms import Glance
    from sync.central.stations.health import every_station, station_lines

    lines = sorted(station_lines(every_station(), Glance(timezone.now())), key=lambda line: line.id)
    for line in lines:
        name = f"{line.name} · {line.place}" if line.place else line.name
        print("  ".join([line.id, name, line.region, line.words, f"{line.synced}同步", *line.faults]))
    print(f"共 {len(lines)} 个", file=sys.stderr)
    return 0


def _station_rename(options: argparse.Namespace) -> int:
    from sync.central.core.stations import rename_station
    from sync.central.library.renaming import renew_names

    station = rename_station(options.id, options.name, options.place)
    count = renew_names(station.id)
    books = f"，{count} 册书的漂流路线也改了" if count else ""
    print(f"驿站 {station.id} 现在叫 {station}，下次同步时屏幕上就会改{books}")
    return 0


def _station_move(options: argparse.Namespace) -> int:
    from sync.central.core.stations import move_station

    move_station(options.id, options.region)
    print(f"驿站 {options.id} 已改到 {options.region}，下次同步时自动换成新地区的内容")
    return 0


def _station_service(options: argparse.Namespace) -> int:
    from sync.central.core.stations import offer_service

    offer_service(options.id, options.service, on=not options.remove)
    print(f"驿站 {options.id} 已{'停用' if options.remove else '开通'} {options.service}，下次同步时生效")
    return 0


def _station_code(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.enrolment import issue_code
    from sync.central.core.stations import get_station

    station = get_station(options.id)
    print(issue_code(station, timezone.now()))
    return 0


def _station_revoke(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.enrolment import revoke
    from sync.central.core.stations import get_station

    revoke(get_station(options.id).id, timezone.now())
    print(f"驿站 {options.id} 的密钥已停用；重新启用要用新的登记码登记")
    return 0

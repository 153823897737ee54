"""`yizhan-central`: the office from the command line."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured

from sync.central.folder import data_folder, prepare_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if not."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
    os.umask(0o077)     # what the office keeps is nobody else's to read
    try:
        prepare_folder(data_folder())
        django.setup()
    except (ImproperlyConfigured, OSError) as fault:
        return _fail(str(fault))
    from django.db import OperationalError  # noqa: PLC0415  # after Django is set up

    try:
        return int(options.run(options))
    except OperationalError as fault:
        return _fail(f"数据库不可用：{fault}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan-central", description="总工会端")
    commands = parser.add_subparsers(required=True, metavar="命令")
    serve = commands.add_parser("serve", help="运行网页、同步接口和统计")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="0：由系统选择")
    serve.add_argument("--no-projector", action="store_true", help="统计由另一个进程做")
    serve.set_defaults(run=_serve)
    commands.add_parser("projector", help="只运行统计").set_defaults(run=_projector)
    commands.add_parser("migrate", help="建立或升级数据库").set_defaults(run=_migrate)
    commands.add_parser("example", help="把示例装进空的数据库").set_defaults(run=_example)
    station = commands.add_parser("station", help="驿站").add_subparsers(required=True, metavar="动作")
    add = station.add_parser("add", help="新建驿站")
    add.add_argument("id", help="如 330502-01")
    add.add_argument("--name", required=True, help="如 衣裳街")
    add.add_argument("--place", default="", help="如 新享驿站")
    add.add_argument("--region", required=True, help="行政区划代码，如 330502")
    add.set_defaults(run=_station_add)
    code = station.add_parser("code", help="生成一次性登记码，24 小时有效")
    code.add_argument("id")
    code.set_defaults(run=_station_code)
    revoke = station.add_parser("revoke", help="停用驿站的密钥")
    revoke.add_argument("id")
    revoke.set_defaults(run=_station_revoke)
    user = commands.add_parser("user", help="登录账号").add_subparsers(required=True, metavar="动作")
    user_add = user.add_parser("add", help="新建账号，显示一次密码")
    user_add.add_argument("name")
    user_add.add_argument("--password-stdin", action="store_true", help="从标准输入读密码")
    user_add.set_defaults(run=_user_add)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from sync.central.serving import serve, unapplied_migrations  # noqa: PLC0415

    if unapplied_migrations():
        return _fail("数据库还没有建立或升级，请先运行 yizhan-central migrate")
    try:
        serve(options.host, options.port, with_projector=not options.no_projector)
    except OSError as fault:
        return _fail(f"{options.host}:{options.port} 用不了：{fault.strerror}")
    return 0


def _projector(_options: argparse.Namespace) -> int:
    from sync.central.serving import project_until_stopped  # noqa: PLC0415

    project_until_stopped()
    return 0


def _migrate(_options: argparse.Namespace) -> int:
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    return 0


def _example(_options: argparse.Namespace) -> int:
    from sync.central.example import OfficeNotEmpty, fill_office  # noqa: PLC0415

    try:
        fill_office()
    except OfficeNotEmpty as fault:
        return _fail(fault.detail)
    return 0


def _station_add(options: argparse.Namespace) -> int:
    from sync.central.core.stations import StationRefused, add_station  # noqa: PLC0415
    from sync.protocol.documents import StationSettings  # noqa: PLC0415

    try:
        add_station(
            StationSettings(station=options.id, name=options.name, place=options.place, region=options.region)
        )
    except StationRefused as fault:
        return _fail(fault.detail)
    return 0


def _station_code(options: argparse.Namespace) -> int:
    from django.utils import timezone  # noqa: PLC0415

    from sync.central.core.enrolment import issue_code  # noqa: PLC0415
    from sync.central.core.models import Station  # noqa: PLC0415

    station = Station.objects.filter(pk=options.id).first()
    if station is None:
        return _fail(f"没有编号为 {options.id} 的驿站")
    print(issue_code(station, timezone.now()))
    return 0


def _station_revoke(options: argparse.Namespace) -> int:
    from django.utils import timezone  # noqa: PLC0415

    from sync.central.core.enrolment import revoke  # noqa: PLC0415

    return 0 if revoke(options.id, timezone.now()) else _fail(f"没有编号为 {options.id} 的驿站")


def _user_add(options: argparse.Namespace) -> int:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.contrib.auth.password_validation import validate_password  # noqa: PLC0415
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else secrets.token_urlsafe(12)
    if User.objects.filter(username=options.name).exists():
        return _fail(f"账号 {options.name} 已存在")
    user = User(username=options.name)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError:
        return _fail("账号只能用字母、数字和 @ . + - _，最多 150 个")
    try:
        validate_password(password, user)
    except ValidationError:
        return _fail("密码至少 12 个字符，不能太常见，也不能像账号")
    user.set_password(password)
    user.save()
    if not options.password_stdin:
        print(password)
    return 0


def _fail(words: str) -> int:
    print(f"yizhan-central: {words}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

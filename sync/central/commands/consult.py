"""`consult`: doctors and roles, the records' keys, the audit trail, and what is too old."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING, Final

from sync.central.commands import Commands, refuse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_ROLES: Final = ("supervisor", "auditor")


def add(commands: Commands) -> None:
    """Add these commands."""
    consult = commands.add_parser("consult", help="视频看医生").add_subparsers(required=True, metavar="动作")
    doctor = consult.add_parser("add-doctor", help="让一个账号成为医生，或更正资料")
    doctor.add_argument("user")
    doctor.add_argument("--name", required=True, help="姓名，工友看得到")
    doctor.add_argument("--licence", required=True, help="执业证书编号")
    doctor.add_argument("--title", default="", help="职称")
    doctor.set_defaults(run=_add_doctor)
    role = consult.add_parser("role", help="让一个账号看统计（supervisor），或看谁查阅过病历（auditor）")
    role.add_argument("user")
    role.add_argument("role", choices=_ROLES)
    role.add_argument("--remove", action="store_true", help="收回")
    role.set_defaults(run=_role)
    consult.add_parser("rotate-key", help="换新的病历密钥；中断了就再运行一次").set_defaults(run=_rotate)
    check = consult.add_parser("check-audit", help="核对查阅记录有没有被改过")
    check.add_argument("--noted", default="", metavar="校验值", help="以前记下的校验值，应当还在")
    check.set_defaults(run=_check_audit, only_looks=True)
    erase = consult.add_parser("erase", help="删除保存满 15 年的病历内容，保留计数")
    erase.add_argument("--before", type=_date, metavar="YYYY-MM-DD", help="只删这一天以前的")
    erase.add_argument("--dry-run", action="store_true", help="只说会删多少")
    erase.set_defaults(run=_erase)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError("日期要写成 2011-11-29") from cause


def _add_doctor(options: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError
    from django.db import transaction
    from django.utils import timezone

    from sync.central.consult import audit
    from sync.central.consult.models import Doctor
    from sync.protocol import limits

    user = _find_user(options.user)
    if user is None:
        return refuse(f"没有账号 {options.user}，请先运行 yizhan-central user add")
    doctor = Doctor.objects.filter(user=user).first() or Doctor(user=user)
    doctor.name, doctor.licence, doctor.title = options.name, options.licence, options.title
    try:
        doctor.full_clean(exclude=["user", "languages"])
    except ValidationError:
        return refuse(
            f"姓名最多 {limits.DOCTOR_CHARS} 个字，执业证书编号和职称最多 {limits.LICENCE_CHARS} 个字，姓名和编号不能空"
        )
    with transaction.atomic():
        doctor.save()
        audit.look(audit.COMMAND, audit.What.ROLE, "", timezone.now(), f"{user.get_username()} doctor")
    print(f"{options.user} 现在是医生：{doctor.name} {doctor.title}".rstrip())
    return 0


def _role(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.utils import timezone

    from sync.central.consult import audit
    from sync.central.consult.roles import ROLES, give

    user = _find_user(options.user)
    if user is None:
        return refuse(f"没有账号 {options.user}，请先运行 yizhan-central user add")
    with transaction.atomic():
        give(user, ROLES[options.role], take_away=options.remove)
        about = f"{user.get_username()} {'no ' if options.remove else ''}{options.role}"
        audit.look(audit.COMMAND, audit.What.ROLE, "", timezone.now(), about)
    print(f"{options.user} {'不再是' if options.remove else '现在是'} {options.role}")
    return 0


def _rotate(_options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.consult.rotation import SETTLED, Step, rotate

    if rotate(timezone.now(), lambda words: print(words, flush=True)) is Step.FINISHED:
        print("旧密钥已删除。请备份新的密钥文件；旧备份仍要用旧的密钥文件")
        return 0
    minutes = int(SETTLED.total_seconds()) // 60
    print(f"旧密钥还留着：正在写的病历可能还在用。请过 {minutes} 分钟再运行一次，就会删除")
    return 0


def _check_audit(options: argparse.Namespace) -> int:
    from sync.central.consult.audit import check

    found = check(options.noted)
    if found.broken is not None:
        return refuse(f"查阅记录从第 {found.broken} 号起与写下时不同（OFFICE-AUDIT）。请保留现场，找系统管理员")
    if not found.has_noted:
        return refuse("以前记下的校验值不在了，最后的记录可能被删（OFFICE-AUDIT）。请保留现场，找系统管理员")
    print(f"{found.lines} 条，全部完好。校验值 {found.digest or '—'}\n请把校验值抄在别处，下次用 --noted 核对")
    return 0


def _erase(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.consult.retention import erase, oldest_kept

    now = timezone.now()
    done = erase(options.before, now, dry_run=options.dry_run)
    before = options.before or oldest_kept(now)
    print(
        f"{'会删除' if options.dry_run else '已删除'} {before.isoformat()} 以前 {done.records} 次看诊的内容："
        f"病历 {done.versions} 个版本，扫码链接 {done.links} 个。次数、时长和结果还在统计里"
    )
    return 0


def _find_user(name: str) -> User | None:
    from django.contrib.auth.models import User

    return User.objects.filter(username=name).first()

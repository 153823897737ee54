"""`user`: who may log in."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import TYPE_CHECKING

from sync.central.commands import Commands
from sync.protocol.errors import SyncError

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class UserRefused(SyncError):
    """An account cannot be made or changed like this; `detail` says why, in words for staff."""

    code = "OFFICE-USER"
    next_step = "请改正后再试，yizhan-central user list 列出全部账号"


def add(commands: Commands) -> None:
    """Add these commands."""
    user = commands.add_parser("user", help="登录账号").add_subparsers(required=True, metavar="动作")
    add_ = user.add_parser("add", help="新建账号，显示一次密码")
    add_.set_defaults(run=_add)
    password = user.add_parser("password", help="换新密码，显示一次；这个账号在各处的登录都要重来")
    password.set_defaults(run=_password)
    for one in (add_, password):
        one.add_argument("name", metavar="账号")
        one.add_argument("--password-stdin", action="store_true", help="从标准输入读密码")
    user.add_parser("list", help="列出账号").set_defaults(run=_list, only_looks=True)
    remove = user.add_parser("remove", help="删除账号；医生只停用，记录上还要有名字")
    remove.add_argument("name", metavar="账号")
    remove.set_defaults(run=_remove)


def _add(options: argparse.Namespace) -> int:
    from django.contrib.auth.models import User
    from django.core.exceptions import ValidationError

    if User.objects.filter(username=options.name).exists():
        raise UserRefused(f"账号 {options.name} 已存在")
    user = User(username=options.name)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as cause:
        raise UserRefused("账号只能用字母、数字和 @ . + - _，最多 150 个") from cause
    return _give_password(user, options)


def _password(options: argparse.Namespace) -> int:
    user = _get_user(options.name)
    is_back = not user.is_active
    user.is_active = True
    _give_password(user, options)
    if is_back:
        print(f"账号 {options.name} 又能登录了", file=sys.stderr)
    return 0


def _give_password(user: User, options: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else secrets.token_urlsafe(12)
    try:
        validate_password(password, user)
    except ValidationError as cause:
        raise UserRefused("密码至少 12 个字符，不能太常见，也不能像账号") from cause
    user.set_password(password)
    user.save()
    if not options.password_stdin:
        print(password)
    return 0


def _list(_options: argparse.Namespace) -> int:
    from django.contrib.auth.models import User
    from django.utils import timezone

    users = list(User.objects.order_by("username"))
    for user in users:
        seen = f"{timezone.localtime(user.last_login):%Y-%m-%d %H:%M} 登录过" if user.last_login else "没有登录过"
        print(f"{user.get_username()}  {'能登录' if user.is_active else '已停用'}  {seen}")
    print(f"共 {len(users)} 个", file=sys.stderr)
    return 0


def _remove(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.db.models import ProtectedError

    user = _get_user(options.name)
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        user.is_active = False
        user.set_unusable_password()
        user.save()
        print(f"账号 {options.name} 已停用，不能再登录；医生的名字留在记录上，不能删除")
        return 0
    print(f"账号 {options.name} 已删除")
    return 0


def _get_user(name: str) -> User:
    from django.contrib.auth.models import User

    user = User.objects.filter(username=name).first()
    if user is None:
        raise UserRefused(f"没有账号 {name}")
    return user

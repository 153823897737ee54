"""`user`: who may log in."""

from __future__ import annotations

import argparse
import secrets
import sys

from sync.central.commands import Commands, refuse


def add(commands: Commands) -> None:
    """Add these commands."""
    user = commands.add_parser("user", help="登录账号").add_subparsers(required=True, metavar="动作")
    user_add = user.add_parser("add", help="新建账号，显示一次密码")
    user_add.add_argument("name")
    user_add.add_argument("--password-stdin", action="store_true", help="从标准输入读密码")
    user_add.set_defaults(run=_user_add)


def _user_add(options: argparse.Namespace) -> int:
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else secrets.token_urlsafe(12)
    if User.objects.filter(username=options.name).exists():
        return refuse(f"账号 {options.name} 已存在")
    user = User(username=options.name)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError:
        return refuse("账号只能用字母、数字和 @ . + - _，最多 150 个")
    try:
        validate_password(password, user)
    except ValidationError:
        return refuse("密码至少 12 个字符，不能太常见，也不能像账号")
    user.set_password(password)
    user.save()
    if not options.password_stdin:
        print(password)
    return 0

"""`python -m tests.central.doctors NAME...`: make doctors in the office's database, and print a session of each.

`@ID=KEY` makes a station that has this public key, in hex.
"""

from __future__ import annotations

import os
import sys

import django

from sync.central.folder import data_folder, prepare_folder


def main(names: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
    prepare_folder(data_folder())
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction

    from sync.central.consult.models import Doctor
    from sync.central.core.models import Station

    with transaction.atomic():
        stations = [name[1:].split("=") for name in names if name.startswith("@")]
        Station.objects.bulk_create(
            [Station(id=id_, name=id_, region="330502", public_key=key) for id_, key in stations]
        )
        for number, name in enumerate((name for name in names if not name.startswith("@")), 1):
            user = User(username=name)
            user.set_unusable_password()
            user.save()
            Doctor.objects.create(
                user=user, name=name, licence=f"11033050000{number:04}", title="主治医师", languages=["zh_CN"]
            )
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            print(session.session_key)


if __name__ == "__main__":
    main(sys.argv[1:])

"""What an office needs, loaded before its settings are known; see `processes.py`.

Models and pages are made under the settings of whoever imports this; `forget_settings` has them read again from the
environment. What an app does when it is ready is not done again: that is a look into a provider's file.
"""
# ruff: noqa: F401

# Django has no public way to read its settings again.
# pyright: reportPrivateUsage=false

import os
import sqlite3
import sys

import cryptography.hazmat.primitives.asymmetric.ed25519
import django
import django.core.handlers.asgi
import django.core.management.commands.migrate
import django.db.backends.postgresql.base
import django.db.backends.sqlite3.base
import django.db.migrations.executor
import django.forms
import django.template.loader
import django.test.signals
import django.urls
import http_message_signatures
import msgspec
import uvicorn.lifespan.on
import uvicorn.protocols.http.h11_impl
import uvicorn.protocols.websockets.websockets_sansio_impl
import uvicorn.server
import whitenoise.base

import devices.codes
import sync.central.__main__
import sync.protocol.drift
import sync.protocol.signatures
import sync.protocol.wire

os.environ["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
django.setup()
import sync.central.serving  # noqa: E402  # after Django is set up

_ = django.urls.get_resolver().url_patterns


def forget_settings() -> None:
    """Whoever asks for a setting from now on gets what the environment says now."""
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]
    del sys.modules["sync.central.settings"]
    settings._wrapped = empty
    connections._settings = None
    vars(connections).pop("settings", None)

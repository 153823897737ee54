"""What an office needs and can be imported before its settings are known; see `processes.py`."""
# ruff: noqa: F401

import sqlite3

import cryptography.hazmat.primitives.asymmetric.ed25519
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

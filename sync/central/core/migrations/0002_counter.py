import secrets
from typing import Any

from django.db import migrations


def make_counter(apps: Any, schema_editor: Any) -> None:
    apps.get_model("core", "Counter").objects.create(generation=secrets.token_hex(8))


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(make_counter, migrations.RunPython.noop)]

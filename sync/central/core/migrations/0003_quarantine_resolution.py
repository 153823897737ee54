from typing import Any

from django.db import migrations, models


def name_the_resolved(apps: Any, schema_editor: Any) -> None:
    """What the office's page had marked as dealt with was dropped: nothing could be replayed then."""
    quarantine = apps.get_model("core", "Quarantine")
    quarantine.objects.filter(resolved_at__isnull=False).update(resolution="dropped")


class Migration(migrations.Migration):
    dependencies = [("core", "0002_counter")]
    operations = [
        migrations.AddField("quarantine", "offset_s", models.FloatField(default=0)),
        migrations.AddField("quarantine", "resolution", models.CharField(
            blank=True, choices=[("replayed", "已补录"), ("dropped", "不再处理")], max_length=16,
            default="",
        ), preserve_default=False),
        migrations.AddField(
            "quarantine", "note", models.CharField(blank=True, max_length=300, default=""), preserve_default=False,
        ),
        migrations.RunPython(name_the_resolved, migrations.RunPython.noop),
    ]

from typing import Any

from django.db import migrations, models

from sync.protocol.digests import EMPTY, to_hex, toggled


def fill_digests(apps: Any, schema_editor: Any) -> None:
    """Count and hash what was published before there were digests."""
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    rows = apps.get_model("core", "Document").objects.values_list("scope", "type", "key", "rev", "body")
    for scope, type_, key, rev, body in rows.iterator(chunk_size=2_000):
        count, digest, newest = held.get((scope, type_), (0, EMPTY, 0))
        if body is not None:
            count, digest = count + 1, toggled(digest, key, body.encode())
        held[scope, type_] = count, digest, max(newest, rev)
    model = apps.get_model("core", "Digest")
    model.objects.bulk_create([
        model(scope=scope, type=type_, count=count, digest=to_hex(digest), rev=newest)
        for (scope, type_), (count, digest, newest) in held.items()
    ], batch_size=100)


class Migration(migrations.Migration):
    dependencies = [("core", "0003_quarantine_resolution")]
    operations = [
        # Revisions are unique by the counter; an index of them alone led the database past the better one.
        migrations.AlterField("document", "rev", models.BigIntegerField()),
        migrations.RemoveIndex("document", "document_pull"),
        migrations.AddConstraint(
            "document", models.UniqueConstraint(fields=("scope", "rev"), name="document_order"),
        ),
        migrations.CreateModel("Digest", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("scope", models.CharField(blank=True, max_length=33)),
            ("type", models.CharField(max_length=16)),
            ("count", models.BigIntegerField()),
            ("digest", models.CharField(max_length=64)),
            ("rev", models.BigIntegerField()),
        ], options={
            "constraints": [models.UniqueConstraint(fields=("scope", "type"), name="digest_identity")],
        }),
        migrations.CreateModel("Snapshot", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("scope", models.CharField(blank=True, max_length=33)),
            ("name", models.CharField(max_length=96, unique=True)),
            ("rev", models.BigIntegerField()),
            ("count", models.BigIntegerField()),
            ("size", models.BigIntegerField()),
            ("sha256", models.CharField(max_length=64)),
            ("made_at", models.DateTimeField()),
        ], options={
            "indexes": [models.Index(fields=["scope", "rev"], name="snapshot_newest")],
        }),
        migrations.CreateModel("Blob", [
            ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ("size", models.BigIntegerField()),
            ("media_type", models.CharField(max_length=32)),
            ("name", models.CharField(max_length=200)),
            ("added_at", models.DateTimeField()),
        ]),
        migrations.RunPython(fill_digests, migrations.RunPython.noop),
    ]

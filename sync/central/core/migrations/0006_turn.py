import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0005_lean_indexes")]
    operations = [
        migrations.CreateModel("Turn", [
            ("station", models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to="core.station",
            )),
        ]),
    ]

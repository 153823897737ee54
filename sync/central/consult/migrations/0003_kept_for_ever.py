"""The roles' groups, and the triggers that refuse to change the audit trail.

SQLite drops a table's triggers when a later migration alters the table: such a one has to make them again.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUPS = ("consult-supervisor", "consult-auditor")
WORDS = "the audit trail is only ever added to"

SQLITE = (
    f"CREATE TRIGGER consult_look_no_update BEFORE UPDATE ON consult_look BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
    f"CREATE TRIGGER consult_look_no_delete BEFORE DELETE ON consult_look BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
    # INSERT OR REPLACE would delete without the trigger above.
    "CREATE TRIGGER consult_look_no_replace BEFORE INSERT ON consult_look"
    " WHEN EXISTS (SELECT 1 FROM consult_look WHERE id = NEW.id)"
    f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION consult_look_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE FUNCTION consult_look_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF EXISTS (SELECT 1 FROM consult_look) THEN"
    f" RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER consult_look_no_change BEFORE UPDATE OR DELETE ON consult_look"
    " FOR EACH ROW EXECUTE FUNCTION consult_look_kept()",
    "CREATE TRIGGER consult_look_no_truncate BEFORE TRUNCATE ON consult_look"
    " FOR EACH STATEMENT EXECUTE FUNCTION consult_look_full()",
)
SQLITE_UNDO = tuple(f"DROP TRIGGER consult_look_no_{what}" for what in ("update", "delete", "replace"))
POSTGRESQL_UNDO = (
    "DROP TRIGGER consult_look_no_change ON consult_look",
    "DROP TRIGGER consult_look_no_truncate ON consult_look",
    "DROP FUNCTION consult_look_kept()",
    "DROP FUNCTION consult_look_full()",
)


def keep(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the triggers of this kind of database."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def release(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take them away again."""
    for statement in POSTGRESQL_UNDO if editor.connection.vendor == "postgresql" else SQLITE_UNDO:
        editor.execute(statement)


def make_groups(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """The groups of those who may see figures, and of those who may see who looked."""
    for name in GROUPS:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    """What the consultation keeps for ever."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("consult", "0002_records"),
    ]
    operations = [
        migrations.RunPython(make_groups, migrations.RunPython.noop),
        migrations.RunPython(keep, release),
    ]

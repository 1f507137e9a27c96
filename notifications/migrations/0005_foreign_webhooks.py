from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def begin_as_made(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A webhook of before was last changed when it was made, as far as is known."""
    apps.get_model("notifications", "Webhook").objects.update(updated_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0004_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhook",
            name="description",
            field=models.CharField(blank=True, default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="webhook",
            name="events",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="webhook",
            name="only_tests",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="webhook",
            name="updated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(begin_as_made, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="webhook",
            name="updated_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="webhook",
            name="format",
            field=models.CharField(
                choices=[
                    ("standard", "Standard Webhooks"),
                    ("slack", "A text, as Slack takes it"),
                    ("github", "A repository dispatch of GitHub"),
                    ("mlflow", "A message of MLflow's webhooks"),
                    ("databricks", "A message of Databricks' registry webhooks"),
                ],
                default="standard",
                max_length=10,
            ),
        ),
    ]

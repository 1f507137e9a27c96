from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="seal",
            index=models.Index(fields=["created_at"], name="seal_by_time"),
        ),
    ]

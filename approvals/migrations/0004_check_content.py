from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_policies_checks_and_break_glass")]

    operations = [
        migrations.AddField(
            model_name="check", name="content", field=models.CharField(max_length=71, default=""), preserve_default=False
        )
    ]

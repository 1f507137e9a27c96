"""What Databricks' own calls do."""

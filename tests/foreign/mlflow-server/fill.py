"""Fills a running MLflow server as a team does, or changes it later: run by its environment's Python, with the address and which."""

import sys
import warnings

import mlflow
from mlflow.tracking import MlflowClient

warnings.simplefilter("ignore")
URI = sys.argv[1]
mlflow.set_tracking_uri(URI)
client = MlflowClient(URI, URI)

if sys.argv[2] == "change":
    client.create_model_version("fraud", "s3://bucket/fraud/6")
    client.transition_model_version_stage("fraud", "6", "Staging")
    client.transition_model_version_stage("fraud", "4", "Production")
    sys.exit()

client.create_registered_model("fraud", tags={"team": "risk"}, description="Who cheats.")
for number in (1, 2, 3, 4, 5):
    client.create_model_version("fraud", f"s3://bucket/fraud/{number}", run_id=f"run{number}", tags={"n": str(number)})
client.update_model_version("fraud", "1", description="The first.")
client.transition_model_version_stage("fraud", "1", "Archived")
client.transition_model_version_stage("fraud", "3", "Production")
client.transition_model_version_stage("fraud", "4", "Staging")
client.set_registered_model_alias("fraud", "champion", "3")
client.set_registered_model_alias("fraud", "challenger", "4")
client.delete_model_version("fraud", "2")
client.create_registered_model("nothing yet")
client.create_registered_model("it's")
client.create_model_version("it's", "s3://bucket/its/1")
client.copy_model_version("models:/fraud/3", "fraud copy")
mlflow.genai.register_prompt("greeting", "Hello {{ name }}")

"""How the SDK of Databricks is told of refusals: just as MLflow's client is, whose registry this one is, and more."""

from dataclasses import replace

from gateways.mlflow.errors import MLFLOW

DATABRICKS = replace(
    MLFLOW,
    name="databricks",
    hint="Give WorkspaceClient, or DATABRICKS_TOKEN, a token that you made under Settings, Tokens.",
)

"""What MLflow's calls do."""

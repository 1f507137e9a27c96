"""The place where scripts written for Verta's client look for stages."""

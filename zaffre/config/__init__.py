"""Configuration: a YAML file and the environment become plain, checked, frozen values."""

"""Health, readiness, metrics and logs, for those who operate the service."""

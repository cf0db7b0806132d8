"""ASGI middleware and connection limits that apply to every request."""

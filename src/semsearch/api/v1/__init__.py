"""The JSON API under /v1: parameters, routes, schemas and their OpenAPI description."""

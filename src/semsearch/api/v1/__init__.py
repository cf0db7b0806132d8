"""The JSON API under /v1: parameters, routes, response schemas and their OpenAPI description."""

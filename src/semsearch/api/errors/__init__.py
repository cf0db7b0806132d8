"""Error responses: RFC 9457 problem details for programs, pages for people."""

"""Built sites: folders of HTML pages → entries."""

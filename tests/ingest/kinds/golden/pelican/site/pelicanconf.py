import os

AUTHOR = "Nadia Frost"
SITEURL = "http://localhost:8000"
PATH = "content"
DEFAULT_LANG = "en"
BLOG = "blog"
ARTICLE_URL = BLOG + "/{date:%Y}/{slug}/"
ARTICLE_LANG_URL = BLOG + "/{date:%Y}/{slug}-{lang}/"
PLUGINS = [os.environ["PLUGIN"]]

"""Related posts: how related two posts are, and the related lists of a whole site or of one request."""

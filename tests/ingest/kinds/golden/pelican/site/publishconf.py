SITEURL = "https://frost.example.org"

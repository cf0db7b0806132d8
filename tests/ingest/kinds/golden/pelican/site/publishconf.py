from pelicanconf import *

SITEURL = "https://frost.example.org"

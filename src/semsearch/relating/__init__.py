"""How related are posts? The same for the lists of a whole site and for one that is asked for."""

"""What static sites have in common: their folder and configuration, their documents, and the fields of these."""

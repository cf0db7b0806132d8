"""Tables: rows of CSV, JSON and Parquet files → entries."""

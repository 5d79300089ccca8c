"""The report: one page that a browser shows without a network."""

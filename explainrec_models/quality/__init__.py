"""Great Expectations suites: the only importer of great_expectations."""

"""One file a row of the table; the file name is the name of the system."""

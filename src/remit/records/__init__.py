"""What is stored: the clinic's records, one subject a file, and the walls the database itself keeps."""

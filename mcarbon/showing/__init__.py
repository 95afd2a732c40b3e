"""Terminal pictures, tables, documents and files: the only ones that format, draw and write."""

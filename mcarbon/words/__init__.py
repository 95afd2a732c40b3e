"""The words of a verdict, the same in every output."""

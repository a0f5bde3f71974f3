"""The words: definitions, types, results and errors. No input or output."""

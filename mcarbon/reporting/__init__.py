"""The uncertainty report of a study: HTML, Markdown and PDF from one content, with what is needed to check it."""

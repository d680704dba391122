"""The generated parts of pages: one module per page, each a function of the source that returns Markdown."""

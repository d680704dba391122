"""The rendered book in a real browser: what is cut, what hinders readers, what is loaded, and the book on paper."""

"""Slides of the course: sources of decks in, one HTML file per deck out, with what the executed chapters show."""

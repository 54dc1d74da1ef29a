"""The guides for partners, done as they say: their own files, run against a whole installation."""

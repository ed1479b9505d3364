"""Stewards at work: questions with their evidence, previews, decisions and a second pair of eyes."""

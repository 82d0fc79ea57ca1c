"""Measuring explanations of any model: by what it does when evidence is taken away, and by what the texts say."""

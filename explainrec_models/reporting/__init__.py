"""The page: numbers, figures and explained recommendations of every system, as one HTML file."""

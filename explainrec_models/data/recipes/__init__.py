"""One file a recipe: how rows are cut into training, validation and test."""

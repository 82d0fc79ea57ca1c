"""Lightning modules, data modules and checkpoints; the only importer of lightning."""

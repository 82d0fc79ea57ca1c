"""One file a stage: a plain function, paths and plain values in, files and a small report out."""

"""Where models come from: files, raw weights, and the networks of other frameworks."""

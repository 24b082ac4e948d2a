"""The rules of the model, one file a submodel: each is a few scalar functions that read like the equation."""

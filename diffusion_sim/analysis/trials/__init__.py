"""Published trials re-enacted in the model, beside the figures that they published."""

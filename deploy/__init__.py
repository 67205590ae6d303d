"""What runs Échéance and watches it: examples and generated files, and what generates them."""

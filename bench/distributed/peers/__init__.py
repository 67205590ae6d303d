"""The delay job on other stream processors, in their recommended way and their own environment."""

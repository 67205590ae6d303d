"""The delay job on other stream processors, each in its recommended way; they run in an environment of their own."""

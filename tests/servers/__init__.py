"""Real servers for development and tests, from the Python index alone: no root, no system Java, no container."""

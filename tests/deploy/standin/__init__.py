"""Images that stand for those of docker-compose.yml where no registry is reached: same names, same settings, same artefacts."""

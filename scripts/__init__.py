"""What a developer and the build run: environment, local services, checks."""

"""The optimiser's page: posts to place, service points, shifts; one module a part."""

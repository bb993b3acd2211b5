"""Simulated phones and services, shipped so that integrators test against them too."""

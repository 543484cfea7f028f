"""Connecting an organization, a tenant and a person: all of it or nothing, proven by a live sign-in."""

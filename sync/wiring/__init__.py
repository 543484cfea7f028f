"""Where tokens, settings, clients, store and engine meet."""

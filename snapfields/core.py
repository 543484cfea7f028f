"""What a SnapField may be: pure rules, no framework, no network."""

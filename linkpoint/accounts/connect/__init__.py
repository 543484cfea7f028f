"""Connecting one's own Salesforce and Outlook: from the frame to a window of its own, to the provider, and back."""

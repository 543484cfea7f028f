"""Salesforce answers -> linkpoint.errors."""

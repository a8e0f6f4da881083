"""The words: values, errors and ports that every floor above shares."""

"""How weights that zaffre ships are made. No server imports it."""

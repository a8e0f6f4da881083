"""What calls take: a ledger of them, and figures for Prometheus."""

"""What outlives a request: answers kept and chained, work that goes on when the caller has gone."""

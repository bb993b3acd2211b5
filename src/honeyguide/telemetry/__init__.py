"""What the processes tell who runs them: log lines, the ids of requests, spans; metrics stand in the slices that count them."""

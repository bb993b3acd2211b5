"""The till: a bounded queue, micro-batches without a timer, one database transaction a batch, an answer for every caller."""

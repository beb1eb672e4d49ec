"""What the judgements say together: the numbers, the sentence that sums them up, and the page; pure over domain values."""

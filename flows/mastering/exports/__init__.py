"""What a mastered book is delivered as: one module an exporter, listed in `flows.workspace.exports`."""

// PairwiseNN: see its files.

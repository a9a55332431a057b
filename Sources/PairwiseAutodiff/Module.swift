// PairwiseAutodiff: see its files.

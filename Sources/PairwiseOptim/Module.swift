// PairwiseOptim: see its files.

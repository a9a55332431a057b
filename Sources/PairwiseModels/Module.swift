// PairwiseModels: see its files.

// PairwiseTraining: see its files.

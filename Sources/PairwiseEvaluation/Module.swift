// PairwiseEvaluation: see its files.

// PairwiseObjectives: see its files.

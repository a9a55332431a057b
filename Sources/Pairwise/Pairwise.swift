// The library in one import: `import Pairwise`.
@_exported public import PairwiseAutodiff
@_exported public import PairwiseConfig
@_exported public import PairwiseData
@_exported public import PairwiseEvaluation
@_exported public import PairwiseLaboratory
@_exported public import PairwiseModels
@_exported public import PairwiseNN
@_exported public import PairwiseObjectives
@_exported public import PairwiseOptim
@_exported public import PairwiseTensor
@_exported public import PairwiseText
@_exported public import PairwiseTraining

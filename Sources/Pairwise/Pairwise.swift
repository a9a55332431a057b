@_exported public import PairwiseConfig
@_exported public import PairwiseTensor

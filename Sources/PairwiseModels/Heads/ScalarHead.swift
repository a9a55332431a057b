internal import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseNN
internal import PairwiseTensor

/// One reward a completion: what its last layer gives.
public struct ScalarHeadOptions: HeadOptions, RewardHead {
  public static let kind = "scalar"
  public static let summary = "one reward a completion"

  public init() {}
  public init(from reader: inout SectionReader) {}

  public func width(_ data: DataFacts) -> Int { 1 }
  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead { self }
  public var configuration: [ConfigNode.Entry] { [] }

  public func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    RewardOutput(scores: x.rows.reshaped([x.rows.shape[0]]))
  }
}

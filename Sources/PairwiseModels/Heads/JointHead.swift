internal import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: joint}`: a completion is judged beside the other one of its pair, by g([φ; φ′]) of what the layers below
/// make of both, D numbers each.
///
/// g has one hidden layer, for without any it is a difference of two rewards. The score is g/2, so that chosen −
/// rejected score is the antisymmetrised (g(φ, φ′) − g(φ′, φ))/2: it changes sign when the sides are exchanged, is 0 for
/// equal ones, and need not be transitive. No completion has a score of its own, so single ones and slates are refused.
///
/// - Source: Pauli et al. 2024 (arXiv 2406.17753).
public struct JointHeadOptions: HeadOptions {
  public static let kind = "joint"
  public static let summary = "a completion is judged beside the other one of its pair"

  /// D ≥ 1.
  public var dimension: Int
  /// H ≥ 1.
  public var hiddenSize: Int

  public init(dimension: Int = 16, hiddenSize: Int = 16) {
    (self.dimension, self.hiddenSize) = (dimension, hiddenSize)
  }

  public init(from reader: inout SectionReader) {
    dimension = reader.value(
      "dimension", default: 16, .closed(1...4096), "Numbers of each completion that are compared.")
    hiddenSize = reader.value(
      "hidden_size", default: 16, .closed(1...65_536), "Width of the layer that reads both.")
  }

  public var needs: HeadNeeds { HeadNeeds(otherSide: true) }
  public var spread: Float? { 0.05 }
  public var gives: Set<String> { [RewardOutput.joint] }
  public func width(_ data: DataFacts) -> Int { dimension }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    JointHead(
      layers: MLP(
        inputs: 2 * dimension, hidden: [hiddenSize], outputs: 1, activation: .tanh, &builder))
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "dimension", value: dimension.configNode),
      .init(key: "hidden_size", value: hiddenSize.configNode),
    ]
  }
}

struct JointHead: RewardHead {
  /// g: 2D → H → 1.
  let layers: MLP

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    // The other side of row 2i is row 2i + 1, and the other way round.
    let others = x.rows.rows((0..<Int32(2 * x.pairs)).map { $0 ^ 1 })
    let joint = layers(.concatenated([x.rows, others], axis: 1), weights)
    return RewardOutput(scores: 0.5 * joint, rows: [RewardOutput.joint: joint])
  }
}

public import PairwiseTensor

/// A run of parameters that share their rate and weight decay, as a group of torch's: a range of the flat block.
public struct ParameterSegment: Sendable, Equatable {
  public var range: Range<Int>
  /// Whether weight decay applies (biases and norm gains are usually left out).
  public var decays: Bool
  /// Its own weight decay, in place of the optimizer's; nil: that one, where it applies.
  public var weightDecay: Double?
  /// Its own rate, as a multiple of the scheduled one.
  public var rateFactor: Double

  public init(
    range: Range<Int>, decays: Bool, weightDecay: Double? = nil, rateFactor: Double = 1
  ) {
    self.range = range
    self.decays = decays
    self.weightDecay = weightDecay
    self.rateFactor = rateFactor
  }

  /// The same but for the range.
  public func isLike(_ other: ParameterSegment) -> Bool {
    decays == other.decays && weightDecay == other.weightDecay && rateFactor == other.rateFactor
  }

  /// The decay of this run under an optimizer with the given one.
  func decay(_ general: Double) -> Double { weightDecay ?? (decays ? general : 0) }
}

/// What one update needs besides the parameters.
public struct UpdateContext: Sendable {
  /// Rate of this step, already scheduled.
  public var learningRate: Double
  /// Factor on every gradient, from clipping; 1 leaves them alone.
  public var gradientScale: Float
  public var segments: [ParameterSegment]

  public init(learningRate: Double, gradientScale: Float, segments: [ParameterSegment]) {
    self.learningRate = learningRate
    self.gradientScale = gradientScale
    self.segments = segments
  }
}

/// An update rule over the flat parameter block: one pass, in place.
public protocol Optimizer: Sendable {
  /// Updates done so far; part of the state.
  var stepCount: Int { get set }
  /// Named state of the parameters' shape `[P]`, for checkpoints, in fixed order.
  var state: [(name: String, tensor: Tensor)] { get }
  /// Puts back what `state` returned. Traps if names or sizes differ: check them first.
  mutating func restore(_ state: [String: Tensor], stepCount: Int)
  /// Updates `values` `[P]` from `gradients` `[P]`.
  ///
  /// Traps if another tensor still refers to the block of values: the update would silently copy it.
  mutating func update(_ values: inout Tensor, gradients: Tensor, _ context: UpdateContext)
}

/// Elements of one task of an update. Fixed, so that the cut never depends on the thread count.
let updateChunk = 1 << 15

/// Runs `body` over the chunks of a segment, on the pool if it is long.
func forChunks(of range: Range<Int>, _ body: @Sendable (_ start: Int, _ count: Int) -> Void) {
  let chunks = (range.count + updateChunk - 1) / updateChunk
  WorkerPool.shared.run(chunks) { index in
    let start = range.lowerBound + index * updateChunk
    body(start, min(updateChunk, range.upperBound - start))
  }
}

/// The pointer to `values` for an in-place update. Traps if the memory is shared.
func uniquePointer(_ values: inout Tensor) -> UnsafeMutablePointer<Float> {
  precondition(
    values.isUnique(),
    "optimizer: another tensor refers to the parameters; drop the tape and its variables before the update"
  )
  return unsafe values.mutablePointer()
}

internal import CKernels
internal import PairwiseAutodiff
internal import PairwiseTensor

/// Keys and values of the tokens that sequences have so far, for each block of a decoder.
struct KeyValueCache {
  private let config: TransformerConfig
  /// Most tokens of a sequence.
  private let capacity: Int
  private let sequences: Int
  /// `[sequences, capacity, keyWidth]` of each block.
  private var keys: [Tensor]
  private var values: [Tensor]
  /// Tokens that each sequence has.
  private(set) var lengths: [Int]

  init(_ config: TransformerConfig, sequences: Int, capacity: Int) {
    (self.config, self.sequences, self.capacity) = (config, sequences, capacity)
    let shape: Shape = [sequences, capacity, config.keyWidth]
    keys = (0..<config.layers).map { _ in .zeros(shape) }
    values = keys
    lengths = [Int](repeating: 0, count: sequences)
  }

  /// Stores the keys and values of new rows `qkv` `[T, q + 2·kv]` of a block, sequence after sequence.
  mutating func store(_ qkv: Tensor, block: Int, counts: [Int]) {
    let (width, stride) = (config.keyWidth, config.queryWidth + 2 * config.keyWidth)
    var row = 0
    for sequence in 0..<sequences {
      for place in 0..<counts[sequence] {
        let source = unsafe qkv.pointer + row * stride + config.queryWidth
        let offset = (sequence * capacity + lengths[sequence] + place) * width
        unsafe (keys[block].mutablePointer() + offset).update(from: source, count: width)
        unsafe (values[block].mutablePointer() + offset).update(from: source + width, count: width)
        row += 1
      }
    }
  }

  /// Counts tokens whose keys and values all blocks have stored.
  mutating func advance(_ counts: [Int]) {
    for sequence in 0..<sequences { lengths[sequence] += counts[sequence] }
  }

  /// Attention of one new row a sequence, `qkv` `[sequences, q + 2·kv]`, over everything stored for its
  /// sequence and itself. Returns `[sequences, q]`.
  func attend(_ qkv: Tensor, block: Int) -> Tensor {
    var result = Tensor(uninitialized: [sequences, config.queryWidth])
    let out = unsafe MutableRegion(result.mutablePointer())
    let (queries, k, v) = unsafe (
      Region(qkv.pointer), Region(keys[block].pointer), Region(values[block].pointer)
    )
    let (config, capacity, lengths) = (config, capacity, lengths)
    let stride = config.queryWidth + 2 * config.keyWidth
    WorkerPool.shared.run(sequences * config.heads) { task in
      let (sequence, head) = (task / config.heads, task % config.heads)
      let size = config.headSize
      let keyHead = head / (config.heads / config.keyHeads)
      let count = lengths[sequence] + 1
      let start = sequence * capacity * config.keyWidth + keyHead * size
      var scores = [Float](repeating: 0, count: 2 * count)
      unsafe scores.withUnsafeMutableBufferPointer { buffer in
        guard let raw = buffer.baseAddress else { return }
        let weights = unsafe raw + count
        unsafe pw_gemm_narrow(
          raw, count, queries.base + sequence * stride + head * size, stride, k.base + start,
          config.keyWidth, 1, count, size)
        let scale = 1 / Float(size).squareRoot()
        for i in 0..<count { unsafe raw[i] *= scale }
        unsafe pw_softmax_rows(weights, raw, 1, count)
        unsafe pw_gemm(
          out.base + sequence * config.queryWidth + head * size, size, weights, count, 1,
          v.base + start, config.keyWidth, 1, size, count, 0)
      }
    }
    return result
  }
}

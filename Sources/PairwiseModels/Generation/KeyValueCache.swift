internal import CKernels
internal import PairwiseAutodiff
internal import PairwiseTensor

/// Keys and values of the tokens that one sequence has so far, for each block of a decoder. A class
/// because the passes that fill it block by block refer to the same memory.
final class KeyValueCache {
  private let config: TransformerConfig
  /// Tokens there is room for.
  private var capacity = 0
  /// `[capacity, keyWidth]` of each block.
  private(set) var keys: [Tensor]
  private(set) var values: [Tensor]
  /// Tokens that all blocks have stored.
  private(set) var length = 0

  init(_ config: TransformerConfig) {
    self.config = config
    keys = (0..<config.layers).map { _ in .zeros([0, config.keyWidth]) }
    values = keys
  }

  /// Makes room for `count` tokens in all, and for as many again where that is more than there was.
  func reserve(_ count: Int) {
    if count <= capacity { return }
    capacity = max(count, min(2 * capacity, capacity + 1024))
    for block in keys.indices {
      keys[block] = grown(keys[block])
      values[block] = grown(values[block])
    }
  }

  private func grown(_ old: Tensor) -> Tensor {
    var new = Tensor(uninitialized: [capacity, config.keyWidth])
    unsafe new.mutablePointer().update(from: old.pointer, count: length * config.keyWidth)
    return new
  }

  /// Stores the keys and values of new tokens of a block: rows `rows` of `qkv` `[T, q + 2·kv]`.
  func store(_ qkv: Tensor, rows: Range<Int>, block: Int) {
    reserve(length + rows.count)
    let (width, stride) = (config.keyWidth, config.queryWidth + 2 * config.keyWidth)
    let (k, v) = unsafe (keys[block].mutablePointer(), values[block].mutablePointer())
    for (place, row) in rows.enumerated() {
      let source = unsafe qkv.pointer + row * stride + config.queryWidth
      let offset = (length + place) * width
      unsafe (k + offset).update(from: source, count: width)
      unsafe (v + offset).update(from: source + width, count: width)
    }
  }

  /// Counts tokens whose keys and values all blocks have stored.
  func advance(_ count: Int) { length += count }

  /// Attention of one new row a sequence, `qkv` `[S, q + 2·kv]`, over everything stored for it and
  /// itself, which is stored too but not yet counted. Returns `[S, q]`.
  static func attend(_ qkv: Tensor, _ caches: [KeyValueCache], block: Int) -> Tensor {
    guard let config = caches.first?.config else { return .zeros([0, 0]) }
    var result = Tensor(uninitialized: [caches.count, config.queryWidth])
    let (queries, out) = unsafe (Region(qkv.pointer), MutableRegion(result.mutablePointer()))
    let stored = unsafe caches.map { cache in
      unsafe (
        k: Region(cache.keys[block].pointer), v: Region(cache.values[block].pointer),
        count: cache.length + 1
      )
    }
    let stride = config.queryWidth + 2 * config.keyWidth
    WorkerPool.shared.run(caches.count * config.keyHeads) { task in
      let (sequence, keyHead) = (task / config.keyHeads, task % config.keyHeads)
      let shared = config.heads / config.keyHeads
      for head in keyHead * shared..<(keyHead + 1) * shared {
        let column = head * config.headSize
        unsafe attend(
          queries.base + sequence * stride + column,
          stored[sequence].k.base + keyHead * config.headSize,
          stored[sequence].v.base + keyHead * config.headSize, count: stored[sequence].count,
          config, into: out.base + sequence * config.queryWidth + column)
      }
    }
    return withExtendedLifetime(caches) { result }
  }

  /// softmax(q·kᵀ/√headSize)·v of one query.
  private static func attend(
    _ query: UnsafePointer<Float>, _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>,
    count: Int, _ config: TransformerConfig, into out: UnsafeMutablePointer<Float>
  ) {
    let size = config.headSize
    let room = TensorStorage(uninitialized: 2 * count)
    let (scores, weights) = unsafe (room.base, room.base + count)
    unsafe pw_gemm_narrow(scores, count, query, size, keys, config.keyWidth, 1, count, size)
    let scale = 1 / Float(size).squareRoot()
    for i in 0..<count { unsafe scores[i] *= scale }
    unsafe pw_softmax_rows(weights, scores, 1, count)
    unsafe pw_gemm(out, size, weights, count, 1, values, config.keyWidth, 1, size, count, 0)
  }
}

internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// Attention over rows q|k|v side by side, `[T, (heads + 2·keyHeads)·headSize]` → `[T, heads·headSize]`.
  ///
  /// softmax(q·kᵀ/√headSize)·v. Query heads h·heads/keyHeads … share key head h. A row attends to all rows
  /// of its segment's prefix and to its own segment, up to itself if `causal`. Scores exist only tile by
  /// tile, in the pullback again. What a row gets depends on the rows it attends to and nothing else.
  /// Traps if the shapes don't fit, or a segment has a prefix and attention is not causal.
  public func attention(
    heads: Int, keyHeads: Int, headSize: Int, layout: TokenLayout, causal: Bool
  ) -> Variable {
    precondition(
      keyHeads > 0 && heads > 0 && heads % keyHeads == 0 && headSize > 0,
      "attention: \(heads) heads over \(keyHeads) key heads of \(headSize)")
    precondition(
      shape == [layout.tokens, (heads + 2 * keyHeads) * headSize],
      "attention: \(shape) for \(layout.tokens) tokens, \(heads) + 2·\(keyHeads) heads of \(headSize)"
    )
    let plan = AttentionPlan(
      heads: heads, keyHeads: keyHeads, headSize: headSize, causal: causal,
      groups: AttentionPlan.groups(layout, causal: causal), tokens: layout.tokens)
    let (x, input) = (value, handle)
    let (y, logSums) = plan.value(x)
    return unary(y) { dy, cotangents in
      cotangents.add(plan.pullback(x, logSums, dy), to: input)
    }
  }
}

/// Sizes of one attention, and which rows belong together.
struct AttentionPlan: Sendable {
  /// Segments that share a prompt: the prompt first, then its continuations; or one segment alone.
  struct Group: Sendable {
    var segments: [TokenLayout.Segment]

    var promptCount: Int { segments[0].count }
    /// Keys of the longest sequence.
    var length: Int {
      promptCount + (segments.dropFirst().map(\.count).max() ?? 0)
    }
  }

  let heads: Int, keyHeads: Int, headSize: Int
  let causal: Bool
  let groups: [Group]
  let tokens: Int

  static func groups(_ layout: TokenLayout, causal: Bool) -> [Group] {
    var groups: [Group] = []
    var place: [Int: Int] = [:]
    for (index, segment) in layout.segments.enumerated() {
      if let prefix = segment.prefix, let group = place[prefix] {
        precondition(causal, "attention: a prefix needs causal attention")
        groups[group].segments.append(segment)
      } else {
        place[index] = groups.count
        groups.append(Group(segments: [segment]))
      }
    }
    return groups
  }

  var perKeyHead: Int { heads / keyHeads }
  /// Columns of q|k|v, and of the result.
  var inputs: Int { (heads + 2 * keyHeads) * headSize }
  var outputs: Int { heads * headSize }
  var scale: Float { 1 / Float(headSize).squareRoot() }

  /// First columns of a query head, and of a key head's keys and values.
  func queryColumn(_ head: Int) -> Int { head * headSize }
  func keyColumn(_ keyHead: Int) -> Int { (heads + keyHead) * headSize }
  func valueColumn(_ keyHead: Int) -> Int { (heads + keyHeads + keyHead) * headSize }

  /// Queries of a tile: its scores stay within 256 KiB, if that leaves a few rows.
  static func tileRows(_ keys: Int) -> Int { min(60, max(6, (1 << 16) / max(1, keys) / 6 * 6)) }

  /// Room for a row of `count` elements: whole vectors, and no power of two, whose multiples would fall
  /// into the same places of the cache.
  static func stride(_ count: Int) -> Int {
    let vectors = (count + 15) / 16
    return 16 * (vectors % 16 == 0 ? vectors + 1 : vectors)
  }

  /// Runs `body` for every group and `share` heads of queries at a time, which belong to one key head; the
  /// largest groups first. Each writes its own rows and columns.
  func forTasks(
    share: Int, _ body: @Sendable (_ group: Group, _ keyHead: Int, _ heads: Range<Int>) -> Void
  ) {
    let order = groups.indices.sorted {
      (groups[$0].length, $1) > (groups[$1].length, $0)
    }
    let work = groups.reduce(0) { $0 + $1.length * $1.length } * heads * headSize
    let shares = heads / share
    @Sendable func task(_ index: Int) {
      let group = groups[order[index / shares]]
      let first = index % shares * share
      if group.length > 0 { body(group, first / perKeyHead, first..<first + share) }
    }
    if work < 1 << 17 {
      for index in 0..<groups.count * shares { task(index) }
    } else {
      WorkerPool.shared.run(groups.count * shares) { task($0) }
    }
  }

  /// The result `[T, heads·headSize]`, and log Σ e^score of each row and head `[T, heads]`.
  func value(_ x: Tensor) -> (Tensor, Tensor) {
    let y = Tensor(uninitialized: [tokens, outputs])
    let logSums = Tensor(uninitialized: [tokens, heads])
    let input = unsafe Region(x.pointer)
    let (output, sums) = unsafe (
      MutableRegion(y.storage.base), MutableRegion(logSums.storage.base)
    )
    // Keys are turned around once for all heads that share them, unless that leaves too few tasks.
    forTasks(share: groups.count * keyHeads < 16 ? 1 : perKeyHead) { group, keyHead, heads in
      unsafe forward(group, keyHead, heads, input.base, output.base, sums.base)
    }
    return (y, logSums)
  }

  private func forward(
    _ group: Group, _ keyHead: Int, _ queryHeads: Range<Int>, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ logSums: UnsafeMutablePointer<Float>
  ) {
    let ld = AttentionPlan.stride(group.length)
    let tile = AttentionPlan.tileRows(group.length)
    let room = TensorStorage(uninitialized: (headSize + tile) * ld + group.length * headSize + tile)
    let keys = unsafe room.base
    let scores = unsafe keys + headSize * ld
    let values = unsafe scores + tile * ld
    let inverse = unsafe values + group.length * headSize
    for (index, segment) in group.segments.enumerated() {
      let before = index == 0 ? 0 : group.promptCount
      let rows = unsafe x + segment.start * inputs
      unsafe pw_transpose(
        keys + before, ld, rows + keyColumn(keyHead), inputs, segment.count, headSize)
      unsafe pw_copy_rows(
        values + before * headSize, headSize, rows + valueColumn(keyHead), inputs, segment.count,
        headSize)
      for head in queryHeads {
        for first in Swift.stride(from: 0, to: segment.count, by: tile) {
          let m = min(tile, segment.count - first)
          let n = causal ? before + first + m : before + segment.count
          let row = segment.start + first
          unsafe pw_gemm(
            scores, ld, x + row * inputs + queryColumn(head), inputs, 1, keys, ld, m,
            (n + 15) / 16 * 16, headSize, 0)
          unsafe pw_attention_rows(
            scores, ld, inverse, logSums + row * heads + head, heads, scale, m, n,
            causal ? before + first + 1 : n, causal ? 1 : 0)
          let out = unsafe y + row * outputs + head * headSize
          unsafe pw_gemm(out, outputs, scores, ld, 1, values, headSize, m, headSize, n, 0)
          unsafe pw_scale_rows(out, outputs, inverse, m, headSize)
        }
      }
    }
  }
}

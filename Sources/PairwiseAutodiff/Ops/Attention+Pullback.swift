internal import CKernels
internal import PairwiseTensor

extension AttentionPlan {
  /// The gradient of q|k|v `[T, inputs]` from that of the result. The probabilities are computed anew.
  func pullback(_ x: Tensor, _ logSums: Tensor, _ dy: Tensor) -> Tensor {
    let dx = Tensor(uninitialized: [tokens, inputs])
    let (input, sums, slope) = unsafe (
      Region(x.pointer), Region(logSums.pointer), Region(dy.pointer)
    )
    let output = unsafe MutableRegion(dx.storage.base)
    forTasks(share: perKeyHead) { group, keyHead, _ in
      let task = unsafe AttentionPullback(
        plan: self, group: group, keyHead: keyHead, x: input.base, dy: slope.base,
        logSums: sums.base, dx: output.base)
      unsafe task.run()
    }
    return dx
  }
}

/// The pullback for one key head of one group, with its working memory.
@unsafe private struct AttentionPullback {
  let plan: AttentionPlan
  let group: AttentionPlan.Group
  let keyHead: Int
  let x: UnsafePointer<Float>, dy: UnsafePointer<Float>
  let logSums: UnsafePointer<Float>
  let dx: UnsafeMutablePointer<Float>

  private let ld: Int, tile: Int
  private let room: TensorStorage
  /// Kᵀ and Vᵀ `[headSize, ld]`, K `[length, headSize]`.
  private let keysTurned: UnsafeMutablePointer<Float>, valuesTurned: UnsafeMutablePointer<Float>
  private let keys: UnsafeMutablePointer<Float>
  /// Gradients of K and V `[length, headSize]`: the prompt's rows gather those of all continuations.
  private let keySlope: UnsafeMutablePointer<Float>, valueSlope: UnsafeMutablePointer<Float>
  /// Scores, later probabilities, and their gradients `[tile, ld]`.
  private let scores: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>

  init(
    plan: AttentionPlan, group: AttentionPlan.Group, keyHead: Int, x: UnsafePointer<Float>,
    dy: UnsafePointer<Float>, logSums: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>
  ) {
    unsafe (self.plan, self.group, self.keyHead) = (plan, group, keyHead)
    unsafe (self.x, self.dy) = unsafe (x, dy)
    unsafe (self.logSums, self.dx) = unsafe (logSums, dx)
    let (length, size) = (group.length, plan.headSize)
    let (ld, tile) = (AttentionPlan.stride(length), AttentionPlan.tileRows(length))
    let room = TensorStorage(uninitialized: 2 * (size + tile) * ld + 3 * length * size)
    unsafe keysTurned = unsafe room.base
    unsafe valuesTurned = unsafe keysTurned + size * ld
    unsafe scores = unsafe valuesTurned + size * ld
    unsafe slopes = unsafe scores + tile * ld
    unsafe keys = unsafe slopes + tile * ld
    unsafe keySlope = unsafe keys + length * size
    unsafe valueSlope = unsafe keySlope + length * size
    unsafe (self.ld, self.tile, self.room) = (ld, tile, room)
  }

  func run() {
    let (prompt, size) = unsafe (group.promptCount, plan.headSize)
    for (index, segment) in unsafe group.segments.enumerated() {
      let before = index == 0 ? 0 : prompt
      unsafe pack(segment, before)
      unsafe (keySlope + before * size).update(repeating: 0, count: segment.count * size)
      unsafe (valueSlope + before * size).update(repeating: 0, count: segment.count * size)
      for head in unsafe keyHead * plan.perKeyHead..<(keyHead + 1) * plan.perKeyHead {
        for first in unsafe stride(from: 0, to: segment.count, by: tile) {
          unsafe addTile(
            segment, before, head, first, rows: unsafe min(tile, segment.count - first))
        }
      }
      if index > 0 { unsafe write(segment, before) }
    }
    unsafe write(group.segments[0], 0)
  }

  private func pack(_ segment: TokenLayout.Segment, _ before: Int) {
    let (size, inputs) = unsafe (plan.headSize, plan.inputs)
    let rows = unsafe x + segment.start * inputs
    let (k, v) = unsafe (rows + plan.keyColumn(keyHead), rows + plan.valueColumn(keyHead))
    unsafe pw_transpose(keysTurned + before, ld, k, inputs, segment.count, size)
    unsafe pw_transpose(valuesTurned + before, ld, v, inputs, segment.count, size)
    unsafe pw_copy_rows(keys + before * size, size, k, inputs, segment.count, size)
  }

  /// What one tile of queries adds; its own gradient is complete with this.
  private func addTile(
    _ segment: TokenLayout.Segment, _ before: Int, _ head: Int, _ first: Int, rows m: Int
  ) {
    let (size, inputs, outputs) = unsafe (plan.headSize, plan.inputs, plan.outputs)
    let causal = unsafe plan.causal
    let n = causal ? before + first + m : before + segment.count
    let whole = (n + 15) / 16 * 16
    let row = segment.start + first
    let column = unsafe plan.queryColumn(head)
    let query = unsafe x + row * inputs + column
    let slope = unsafe dy + row * outputs + head * size
    let place = unsafe row * plan.heads + head
    unsafe pw_gemm(scores, ld, query, inputs, 1, keysTurned, ld, m, whole, size, 0)
    unsafe pw_gemm(slopes, ld, slope, outputs, 1, valuesTurned, ld, m, whole, size, 0)
    unsafe pw_attention_rows_vjp(
      scores, slopes, ld, logSums + place, plan.heads, plan.scale, m, n,
      causal ? before + first + 1 : n, causal ? 1 : 0)
    unsafe pw_gemm(dx + row * inputs + column, inputs, slopes, ld, 1, keys, size, m, size, n, 0)
    unsafe pw_gemm(keySlope, size, slopes, 1, ld, query, inputs, n, size, m, 1)
    unsafe pw_gemm(valueSlope, size, scores, 1, ld, slope, outputs, n, size, m, 1)
  }

  private func write(_ segment: TokenLayout.Segment, _ before: Int) {
    let (size, inputs) = unsafe (plan.headSize, plan.inputs)
    let rows = unsafe dx + segment.start * inputs
    unsafe pw_copy_rows(
      rows + plan.keyColumn(keyHead), inputs, keySlope + before * size, size, segment.count, size)
    unsafe pw_copy_rows(
      rows + plan.valueColumn(keyHead), inputs, valueSlope + before * size, size, segment.count,
      size)
  }
}
